import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { says } from "../../bench/arguments.ts";
import {
	type Bench,
	type Measurement,
	runBench,
	saveReport,
	withEnd,
} from "../../bench/program.ts";
import { NotAvailableError } from "../../cutover/src/errors.ts";

const options = z.strictObject({
	maxRows: z.coerce.number().int().default(5).meta(says("rows at most")),
	into: z.string().optional().meta(says("folder", "DIR")),
});
type Options = z.output<typeof options>;

/** Runs a measurement and answers what it wrote. */
async function run(
	measure: (bench: Bench<Options>) => Promise<"passed" | "failed">,
	...argv: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
	const measurement: Measurement<typeof options.shape> = {
		name: "it",
		about: "Measures it.",
		options,
		measure,
	};
	const written = { stdout: "", stderr: "" };
	const { stdout, stderr } = process;
	const originals = { stdout: stdout.write, stderr: stderr.write };
	stdout.write = (text: string | Uint8Array) => {
		written.stdout += text;
		return true;
	};
	stderr.write = (text: string | Uint8Array) => {
		written.stderr += text;
		return true;
	};
	try {
		return { code: await runBench(measurement, argv), ...written };
	} finally {
		stdout.write = originals.stdout;
		stderr.write = originals.stderr;
	}
}

describe("the program of a measurement", () => {
	it("says what it can do when it is asked, and measures nothing", async () => {
		const { code, stdout } = await run(() => assert.fail(), "--help");
		assert.equal(code, 0);
		assert.equal(
			stdout,
			[
				"usage: npm run bench:it -- [options]",
				"Measures it.",
				"  --max-rows N      rows at most (default: 5)",
				"  --into DIR        folder\n",
			].join("\n"),
		);
	});

	it("refuses what it does not know, and names what does not fit", async () => {
		for (const [argv, wrong] of [
			[["--rows", "5"], /'--rows'/],
			[["--max-rows", "many"], /^--max-rows: .*\nusage: /],
			[["--max-rows"], /--max-rows/],
			[["5"], /'5'/],
		] as const) {
			const { code, stderr } = await run(() => assert.fail(), ...argv);
			assert.equal(code, 2);
			assert.match(stderr, wrong);
		}
	});

	it("gives the options, the command and the machine", async () => {
		const { code } = await run(
			async ({ options: { maxRows }, circumstances }) => {
				assert.equal(maxRows, 7);
				assert.equal(circumstances.command, "npm run bench:it -- --max-rows 7");
				assert.match(circumstances.date, /^\d{4}-\d\d-\d\d$/);
				assert.match(circumstances.machine, /^\d+ cores .* GB, Node /);
				return "passed";
			},
			"--max-rows",
			"7",
		);
		assert.equal(code, 0);
	});

	it("ends with 1 for a missed goal and an error, with 3 for a missing part", async () => {
		assert.equal((await run(async () => "failed")).code, 1);
		const broken = await run(() => Promise.reject(new Error("no luck")));
		assert.equal(broken.code, 1);
		assert.match(broken.stderr, /^Error: no luck\n {4}at .*program\.test\.ts/);
		const missing = await run(() =>
			Promise.reject(new NotAvailableError("no psql")),
		);
		assert.deepEqual([missing.code, missing.stderr], [3, "no psql\n"]);
	});

	it("ends what the work stands on when it is stopped, and says what stopped it", async () => {
		const before = process.listenerCount("SIGHUP");
		const ended: string[] = [];
		const { code, stderr } = await run(async ({ signal }) => {
			let breakOff = (_: Error) => {};
			const end = async () => {
				ended.push("server");
				breakOff(new Error("connection terminated"));
			};
			return await withEnd(signal, end, () => {
				// The second comes with the first, as npm hands a Ctrl-C on.
				setImmediate(() => {
					process.emit("SIGHUP", "SIGHUP");
					process.emit("SIGHUP", "SIGHUP");
				});
				return new Promise((_, reject) => {
					breakOff = reject;
				});
			});
		});
		assert.equal(code, 1);
		assert.match(
			stderr,
			/SIGHUP: stopping; a second one leaves everything as it is\nstopped by SIGHUP\n$/,
		);
		assert.deepEqual(ended, ["server"]);
		assert.equal(process.listenerCount("SIGHUP"), before);
	});

	it("ends what the work stands on when the work fails, and keeps its error", async () => {
		const ended: string[] = [];
		await assert.rejects(
			withEnd(
				new AbortController().signal,
				async () => {
					ended.push("server");
				},
				() => Promise.reject(new Error("wrong rows")),
			),
			/wrong rows/,
		);
		assert.deepEqual(ended, ["server"]);
	});

	it("keeps a report for people and one for programs", async () => {
		const root = mkdtempSync(join(tmpdir(), "bench-program-"));
		try {
			const folder = join(root, "not", "there");
			let file = "";
			const { stdout } = await run(async () => {
				file = await saveReport(folder, "results", { a: 1 }, "# Report\n");
				return "passed";
			});
			assert.equal(stdout, "# Report\n");
			assert.equal(file, join(folder, "results.md"));
			assert.equal(readFileSync(file, "utf8"), "# Report\n");
			const json = join(folder, "results.json");
			assert.deepEqual(JSON.parse(readFileSync(json, "utf8")), { a: 1 });
			assert.equal(await saveReport(folder, "results", {}), json);
		} finally {
			rmSync(root, { recursive: true, force: true });
		}
	});
});
