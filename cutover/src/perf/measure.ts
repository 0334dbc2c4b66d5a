import { createServer } from "node:http";
import { sendLoad } from "../adapters/load.ts";
import type { Talk } from "../console.ts";
import type { Baseline } from "./baseline.ts";
import { figuresOf } from "./figures.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { roundBudgetMs } from "./live.ts";
import { planTurns } from "./plan.ts";
import { hopeless, type RoundSamples, takeRound } from "./rounds.ts";
import type { SampleLog } from "./sampleLog.ts";
import { probesOf, type Scenario } from "./scenario.ts";
import type { MeasuringSettings } from "./settings.ts";
import type { Side } from "./side.ts";
import { ascending, quantile } from "./statistics/location.ts";
import { warmUp } from "./warmUp.ts";

/** What a measurement of one system came to. */
export interface Measured {
	readonly figures: Baseline;
	readonly rounds: number;
	/** Why it ended before all rounds; undefined when it did not. */
	readonly cutShort: string | undefined;
}

/** Measures one system for a number of rounds, for a comparison at another time. */
export async function measure(
	side: Side,
	scenario: Scenario,
	settings: MeasuringSettings & { readonly rounds: number },
	log: SampleLog,
	talk: Talk,
	signal: AbortSignal,
): Promise<Measured> {
	const startedAt = new Date();
	const samples: RoundSamples[] = [];
	const references: number[] = [];
	let cutShort: string | undefined;
	const reference = await startReference();
	try {
		const probes = probesOf(scenario).filter(({ name }) =>
			side.samplers.has(name),
		);
		talk.say(
			`warming up ${side.server} for ${settings.warmUpSeconds} s, or until answers become no faster`,
		);
		const timed = await warmUp([side], probes, settings.warmUpSeconds, signal);
		const plan = planTurns(timed, 2, roundBudgetMs / 2);
		const until = performance.now() + settings.maxSeconds * 1000;
		for (let round = 0; round < settings.rounds; round += 1) {
			references.push(...(await reference.take(signal)));
			const taken = await takeRound([side], plan, round, signal);
			log.keep(taken);
			samples.push(...taken);
			talk.progress(`round ${round + 1} of ${settings.rounds}`);
			if (round > 0 && hopeless(samples)) {
				cutShort = "most answers are errors";
				break;
			}
			if (performance.now() > until && round + 1 < settings.rounds) {
				cutShort = `${settings.maxSeconds} s are over after ${round + 1} of ${settings.rounds} rounds; give it more with --max-seconds`;
				break;
			}
		}
	} catch (error) {
		if (!signal.aborted) throw error;
		cutShort = "stopped";
	} finally {
		await reference.stop();
	}
	const usual = quantile(ascending(references), 0.5);
	const figures = figuresOf({
		samples,
		side: side.label,
		server: side.server,
		takenAt: startedAt,
		scenario,
		connections: settings.connections,
		fingerprint: {
			...fingerprintOf(scenario, settings.connections, side.dataSet),
			...(usual > 0 && { referenceMs: Math.round(usual * 1000) / 1000 }),
		},
	});
	const rounds = (samples.at(-1)?.round ?? -1) + 1;
	return { figures, rounds, cutShort };
}

/** A server of our own that does nothing: how long its answers take is the load generator's own time. */
async function startReference() {
	const server = createServer((_, response) => response.end("ok"));
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	const address = server.address();
	const port =
		address === null || typeof address === "string" ? 0 : address.port;
	return {
		async take(signal: AbortSignal) {
			const { ms } = await sendLoad(
				{
					url: `http://127.0.0.1:${port}/`,
					method: "GET",
					headers: {},
					connections: 1,
					perConnection: 20,
					openingPath: "/",
					timeoutSeconds: 10,
				},
				signal,
			);
			return ms;
		},
		async stop() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
