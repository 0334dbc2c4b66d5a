import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { z } from "zod";
import type { Outcome } from "../../cutover/src/outcome.ts";

/** One comparison by the command line, as a user runs it. */
export interface Run {
	readonly kind: "same" | "slow";
	readonly outcome: Outcome;
	readonly rounds: number;
	readonly seconds: number;
	/** Load of the machine over the last minute, when it ended. */
	readonly load: number;
	/** Change of the medians of all endpoints, as a share; undefined when nothing was measured. */
	readonly change: number | undefined;
	/** Metrics that were not surely within the threshold. */
	readonly unsure: readonly string[];
	/** What was said when there was no result. */
	readonly trouble: string | undefined;
}

const resultSchema = z.object({
	outcome: z.enum(["passed", "failed", "inconclusive", "not run"]),
	rounds: z.number().default(0),
	metrics: z
		.array(
			z.object({
				name: z.string(),
				change: z.number(),
				decides: z.boolean(),
				outcome: z.string(),
			}),
		)
		.default([]),
});

export interface RunOptions {
	readonly kind: Run["kind"];
	readonly program: string;
	readonly before: string;
	readonly after: string;
	readonly database: string;
	readonly reportDir: string;
}

/** Runs `cutover perf compare` once. */
export async function runOnce(
	options: RunOptions,
	signal: AbortSignal,
): Promise<Run> {
	const startedAt = performance.now();
	const { stdout, stderr } = await run(
		[
			options.program,
			"perf",
			"compare",
			"--before-url",
			options.before,
			"--after-url",
			options.after,
			"--before-database",
			options.database,
			"--after-database",
			options.database,
			"--report-dir",
			options.reportDir,
			"--json",
		],
		signal,
	);
	const base = {
		kind: options.kind,
		seconds: (performance.now() - startedAt) / 1000,
		load: loadavg()[0] ?? 0,
	};
	const parsed = resultSchema.safeParse(parseJson(stdout));
	if (!parsed.success) {
		return {
			...base,
			outcome: "not run",
			rounds: 0,
			change: undefined,
			unsure: [],
			trouble: stderr.slice(-500),
		};
	}
	const { outcome, rounds, metrics } = parsed.data;
	return {
		...base,
		outcome,
		rounds,
		change: metrics.find(({ name }) => name === "all endpoints p50")?.change,
		unsure: metrics
			.filter((metric) => metric.decides && metric.outcome !== "passed")
			.map(({ name, outcome: verdict }) => `${name} ${verdict}`),
		trouble: rounds === 0 ? stderr.slice(-500) : undefined,
	};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

async function run(
	argv: readonly string[],
	signal: AbortSignal,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
	return await new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [...argv], {
			stdio: ["ignore", "pipe", "pipe"],
			signal,
		});
		let stdout = "";
		let stderr = "";
		child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
			stdout += chunk;
		});
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			stderr += chunk;
		});
		child.on("error", reject);
		child.on("close", () => resolve({ stdout, stderr }));
	});
}
