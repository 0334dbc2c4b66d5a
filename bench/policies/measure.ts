import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../rehearsal/engine/places.ts";
import { runPulumi } from "../../rehearsal/engine/pulumi.ts";

/** A stack of the synthetic program, in a home of its own. */
export class Place {
	readonly root = mkdtempSync(join(tmpdir(), "bench-policies-"));
	private readonly program = join(this.root, "program");
	private readonly oldHome = process.env.TRUSTED_LOGIN_HOME;

	async open(): Promise<void> {
		process.env.TRUSTED_LOGIN_HOME = join(this.root, "home");
		cpSync(join(checkout(), "bench/policies/program"), this.program, {
			recursive: true,
		});
		symlinkSync(
			join(checkout(), "node_modules"),
			join(this.root, "node_modules"),
		);
		await this.pulumi(["stack", "init", "dev"], 0);
	}

	close(): void {
		if (this.oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = this.oldHome;
		rmSync(this.root, { recursive: true, force: true });
	}

	/** Milliseconds that a preview takes. @throws when the preview fails, or the pack says anything. */
	async preview(resources: number, pack: string | undefined): Promise<number> {
		const policies = pack === undefined ? [] : ["--policy-pack", pack];
		const started = performance.now();
		const stdout = await this.pulumi(["preview", ...policies], resources);
		const ms = performance.now() - started;
		if (/\[(advisory|mandatory|remediate)\] /.test(stdout)) {
			throw new Error(`the pack found something where nothing is:\n${stdout}`);
		}
		return ms;
	}

	private async pulumi(args: string[], resources: number): Promise<string> {
		const { exitCode, stdout, stderr } = await runPulumi(
			[...args, "--non-interactive"],
			{ cwd: this.program, env: { BENCH_RESOURCES: String(resources) } },
		);
		if (exitCode !== 0) {
			throw new Error(`pulumi ${args[0]} failed:\n${stdout}${stderr}`);
		}
		return stdout;
	}
}

/** The middle of what was measured; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((one, other) => one - other);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] ?? Number.NaN;
	const lower = sorted[middle - 1] ?? upper;
	return sorted.length % 2 === 1 ? upper : (lower + upper) / 2;
}
