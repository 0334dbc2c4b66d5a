import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadStackFile } from "@trusted-login/settings";
import { stop } from "esbuild";
import { bundleAll } from "../engine/bundles.ts";
import { laptopEnvironment } from "../engine/environment.ts";
import { checkout, createHome, laptopPlaces } from "../engine/places.ts";
import { settleInterrupted } from "../engine/settle.ts";
import { verifyLedger } from "../load/ledger.ts";
import type { LoadOptions } from "../load/options.ts";
import { type RunningLoad, startLoad } from "../load/startLoad.ts";
import { memberAccounts } from "../seed/accounts.ts";
import { masterDatabaseUrl } from "./cloudDatabase.ts";
import { countRows } from "./counts.ts";
import { pushReleases } from "./images.ts";
import { ensureLegacy } from "./legacy.ts";
import { watchMemory } from "./memory.ts";
import { requirePorts } from "./preflight.ts";
import type { Progress } from "./progress.ts";
import { trySignIns } from "./signIns.ts";
import {
	type Changes,
	ensureStack,
	readOutputs,
	readStackState,
	stackName,
	update,
} from "./stack.ts";
import { writeStackFile } from "./stackFile.ts";
import type { Summary } from "./summary.ts";
import {
	isFinished,
	remainingUpdates,
	type Update,
	updates,
} from "./updates.ts";

export interface StartOptions {
	/** Users of the seeded legacy system. */
	readonly users: number;
	/** Added to every port of the laptop, so that a second one can run beside the first. */
	readonly portOffset: number;
	readonly requestsPerSecond: number;
}

/** Carries the legacy system to the second release of the new one; does only what is still to do. */
export async function runStart(
	options: StartOptions,
	progress: Progress,
	signal: AbortSignal,
): Promise<Summary> {
	const started = performance.now();
	const home = createHome();
	const folder = join(home, "start");
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const committed = join(checkout(), `Pulumi.${stackName}.yaml`);
	// The last update would find a bad value too, after all the others.
	loadStackFile(committed);
	const stackFiles = new Map(
		updates.map((next) => [
			next,
			writeStackFile(
				committed,
				join(folder, `${next.name}.yaml`),
				next,
				options.portOffset,
			),
		]),
	);
	const settings = loadStackFile(stackFiles.get(lastUpdate()) ?? committed);
	await requirePorts(settings);
	const { edge } = settings;
	const frontendUrl = `https://${edge.frontendDomain}:${edge.ports.https}`;
	const apiUrl = `https://${edge.apiDomain}:${edge.ports.https}`;
	const loadOptions: LoadOptions = {
		address: { host: "127.0.0.1", port: edge.ports.https },
		frontendHost: edge.frontendDomain,
		apiHost: edge.apiDomain,
		caFile: join(laptopPlaces().cloud, "acm", "ca.pem"),
		ratePerSecond: options.requestsPerSecond,
		accounts: memberAccounts.map(({ email, password }) => ({
			email,
			password,
		})),
		ledgerFile: join(folder, "ledger.jsonl"),
		reportFile: join(folder, "load.json"),
	};

	const memory = watchMemory(home);
	let load: RunningLoad | undefined;
	try {
		const legacy = await ensureLegacy(
			{ ...options, frontendUrl, apiUrl },
			progress,
		);
		await prepareStack(progress);
		const state = await readStackState();
		for (const next of remainingUpdates(state)) {
			signal.throwIfAborted();
			if (next.images) await pushMissing(progress);
			if (next.images && !isFinished(state))
				load ??= await beginLoad(folder, loadOptions, progress);
			load?.setRate(next.loadShare * options.requestsPerSecond);
			// The last update is the stack file as committed, so that `pulumi preview` finds nothing to do afterwards.
			const isCommitted = next === lastUpdate() && options.portOffset === 0;
			await progress.step(next.title, async (note) => {
				const changes = await update(
					next.title,
					isCommitted ? undefined : stackFiles.get(next),
					note,
					signal,
				);
				return { value: undefined, ...describeChanges(changes) };
			});
		}
		const report = await load?.stop();
		load = undefined;
		return await progress.step(
			"Count rows, look up acknowledged writes, sign in",
			async () => {
				const outputs = await readOutputs();
				const summary: Summary = {
					rows: await countRows(
						legacy.adminDatabaseUrl,
						await masterDatabaseUrl("trusted-login-db"),
					),
					load: report,
					ledger: await verifyLedger(loadOptions),
					signIns: await trySignIns(loadOptions),
					urls: describeUrls(outputs, legacy),
					seconds: (performance.now() - started) / 1000,
					peakResidentBytes: memory.peak(),
				};
				writeFileSync(
					join(folder, "summary.json"),
					`${JSON.stringify(summary, undefined, "\t")}\n`,
				);
				return { value: summary };
			},
		);
	} finally {
		memory.stop();
		await load?.stop();
	}
}

function lastUpdate(): Update {
	const last = updates.at(-1);
	if (last === undefined) throw new Error("there is no update at all");
	return last;
}

function prepareStack(progress: Progress): Promise<void> {
	return progress.step("Engine, providers and stack", async (note) => {
		await laptopEnvironment(note);
		const done = (await ensureStack()) ? [`stack ${stackName} created`] : [];
		await settleInterrupted(stackName, {
			cwd: checkout(),
			onDone: (sentence) => done.push(sentence),
		});
		return {
			value: undefined,
			detail: done.join("; ") || "ready",
			undone: done.length === 0,
		};
	});
}

function pushMissing(progress: Progress): Promise<void> {
	return progress.step("Images in the registries", async () => {
		const pushed = await pushReleases();
		return {
			value: undefined,
			detail: pushed.join(", ") || "all there",
			undone: pushed.length === 0,
		};
	});
}

function beginLoad(
	folder: string,
	options: LoadOptions,
	progress: Progress,
): Promise<RunningLoad> {
	return progress.step("Load through the load balancer", async (note) => {
		const bundles = await bundleAll(
			[
				{
					name: "load",
					entry: "rehearsal/load/main.ts",
					endsWithEngine: false,
				},
			],
			note,
		);
		await stop();
		const rates = updates
			.filter(({ loadShare }) => loadShare > 0)
			.map(
				({ name, loadShare }) =>
					`${name} ${loadShare * options.ratePerSecond}/s`,
			);
		return {
			value: await startLoad(bundles.load ?? "", folder, options),
			detail: `reads and writes until the end: ${rates.join(", ")}`,
		};
	});
}

function describeChanges(changes: Changes): {
	detail: string;
	undone: boolean;
} {
	const parts = Object.entries(changes).filter(([, count]) => count > 0);
	return {
		detail:
			parts.map(([kind, count]) => `${count} ${kind}`).join(", ") ||
			"no changes",
		undone: parts.length === 0,
	};
}

function describeUrls(
	outputs: Record<string, unknown>,
	legacy: { readonly apiUrl: string; readonly frontendUrl: string },
): Record<string, string> {
	const named = {
		frontend: outputs.frontendUrl,
		api: outputs.apiUrl,
		"test listener": outputs.testUrl,
	};
	return {
		...Object.fromEntries(
			Object.entries(named).filter(
				(entry): entry is [string, string] => typeof entry[1] === "string",
			),
		),
		"legacy frontend": legacy.frontendUrl,
		"legacy API": legacy.apiUrl,
	};
}
