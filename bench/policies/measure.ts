import {
	cpSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../rehearsal/engine/places.ts";
import { type PulumiResult, runPulumi } from "../../rehearsal/engine/pulumi.ts";
import { gateProgram, nameAsOurs } from "./gated.ts";

/** Two stacks of the synthetic program, in a home of their own: one of any project, and one of ours that is gated. */
export class Place {
	readonly root = mkdtempSync(join(tmpdir(), "bench-policies-"));
	private readonly program = join(this.root, "program");
	private readonly gated = join(this.root, "gated");
	private readonly oldHome = process.env.TRUSTED_LOGIN_HOME;
	private pinned: Readonly<Record<string, string>> = {};

	/** @throws when the gate says NO-GO, or is not asked at all. */
	async open(pack: string): Promise<void> {
		process.env.TRUSTED_LOGIN_HOME = join(this.root, "home");
		for (const folder of [this.program, this.gated]) {
			cpSync(join(checkout(), "bench/policies/program"), folder, {
				recursive: true,
			});
		}
		symlinkSync(
			join(checkout(), "node_modules"),
			join(this.root, "node_modules"),
		);
		nameAsOurs(this.gated);
		await this.succeed(this.program, ["stack", "init", "dev"]);
		await this.succeed(this.gated, ["stack", "init", "prod"]);
		const salt = readFileSync(join(this.gated, "Pulumi.prod.yaml"), "utf8");
		this.pinned = await gateProgram(this.gated, this.root, salt);
		await this.preview(1, pack, true);
		await this.requireAsked(pack);
	}

	close(): void {
		if (this.oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = this.oldHome;
		rmSync(this.root, { recursive: true, force: true });
	}

	/** Milliseconds that a preview takes. @throws when the preview fails, or the pack says anything. */
	async preview(
		resources: number,
		pack: string | undefined,
		isGated: boolean,
	): Promise<number> {
		const folder = isGated ? this.gated : this.program;
		const policies = pack === undefined ? [] : ["--policy-pack", pack];
		const started = performance.now();
		const stdout = await this.succeed(folder, ["preview", ...policies], {
			BENCH_RESOURCES: String(resources),
			...(isGated && this.pinned),
		});
		const ms = performance.now() - started;
		if (/\[(advisory|mandatory|remediate)\] /.test(stdout)) {
			throw new Error(`the pack found something where nothing is:\n${stdout}`);
		}
		return ms;
	}

	/** Without evidence the same stack is NO-GO: what is measured is a gate that is asked. */
	private async requireAsked(pack: string): Promise<void> {
		const { stdout } = await this.pulumi(
			this.gated,
			["preview", "--policy-pack", pack],
			{ ...this.pinned, CUTOVER_EVIDENCE: join(this.root, "nothing") },
		);
		if (/require-go-live-decision/.test(stdout)) return;
		throw new Error(`the gate was not asked:\n${stdout}`);
	}

	private async succeed(
		folder: string,
		args: readonly string[],
		environment: Readonly<Record<string, string>> = {},
	): Promise<string> {
		const ran = await this.pulumi(folder, args, environment);
		if (ran.exitCode === 0) return ran.stdout;
		throw new Error(`pulumi ${args[0]} failed:\n${ran.stdout}${ran.stderr}`);
	}

	private pulumi(
		folder: string,
		args: readonly string[],
		environment: Readonly<Record<string, string>>,
	): Promise<PulumiResult> {
		return runPulumi([...args, "--non-interactive"], {
			cwd: folder,
			env: { BENCH_RESOURCES: "1", ...environment },
		});
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
