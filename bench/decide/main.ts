import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Outcome } from "../../cutover/src/outcome.ts";
import {
	decide,
	judgeWindow,
	renderDecision,
	settingsHash,
} from "../../golive/src/index.ts";
import { readQuestion } from "../../golive/src/read/index.ts";
import { loadStackFile } from "../../settings/src/index.ts";
import { writeEvidence } from "../../test/golive/evidenceFolder.ts";
import {
	people,
	sha256,
	trustText,
	type World,
} from "../../test/golive/fixture.ts";
import { says } from "../arguments.ts";
import { type Bench, runBench } from "../program.ts";
import { largeWorld } from "./largeWorld.ts";

const options = z.strictObject({
	files: z.coerce
		.number()
		.int()
		.min(100)
		.max(100_000)
		.default(1_000)
		.meta(says("evidence files")),
	rounds: z.coerce
		.number()
		.int()
		.min(1)
		.max(999)
		.default(9)
		.meta(says("decisions; the median counts")),
});

const goalMs = 1_000;

async function measure({
	options: { files, rounds },
	signal,
}: Bench<z.output<typeof options>>): Promise<Outcome> {
	const root = mkdtempSync(join(tmpdir(), "trusted-login-bench-decide-"));
	try {
		const stackFile = loadStackFile("Pulumi.prod.yaml");
		const settings = settingsHash(stackFile);
		const world = largeWorld({}, { settings }, files);
		const images = writeProgram(root, world);
		writeEvidence(join(root, "evidence"), world);
		const trustFile = trustText([...people.values()]);
		writeFileSync(join(root, "trust.json"), trustFile);
		const times: number[] = [];
		const cpu = process.cpuUsage();
		let word = "";
		for (let round = 0; round < rounds; round++) {
			signal.throwIfAborted();
			const started = performance.now();
			const question = await readQuestion({
				root,
				stack: "prod",
				gate: "cutover",
				release: world.context.release,
				evidence: join(root, "evidence"),
				trust: join(root, "trust.json"),
				trustSha256: sha256(trustFile),
				images,
				programFile: join(root, "program.json"),
				planHash: world.context.planHash,
				nowMs: world.nowMs,
			});
			const decision = decide(question);
			judgeWindow({ ...question, decision });
			renderDecision(decision);
			times.push(performance.now() - started);
			word = decision.decision;
		}
		const { user, system } = process.cpuUsage(cpu);
		times.sort((a, b) => a - b);
		const median = times[Math.floor(rounds / 2)] ?? Number.NaN;
		const slowest = times.at(-1) ?? Number.NaN;
		console.log(
			`${word} from ${world.records.length} evidence files in ${median.toFixed(0)} ms (median of ${rounds}, slowest ${slowest.toFixed(0)} ms), goal ${goalMs} ms; ${((user + system) / 1000 / rounds).toFixed(0)} ms CPU each; ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
		);
		return word === "GO" && median < goalMs ? "passed" : "failed";
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}

function writeProgram(
	root: string,
	{ context }: World,
): Readonly<Record<string, string>> {
	for (const file of ["golive.yaml", "Pulumi.prod.yaml"]) {
		cpSync(file, join(root, file));
	}
	const { tree, lock, images } = context.subject;
	writeFileSync(join(root, "program.json"), JSON.stringify({ tree, lock }));
	return Object.fromEntries(
		Object.entries(images).map(([name, hex]) => [name, `sha256:${hex}`]),
	);
}

process.exitCode = await runBench({
	name: "decide",
	about:
		"A decision, from the disk to the word, among many evidence files of one release.",
	options,
	measure,
});
