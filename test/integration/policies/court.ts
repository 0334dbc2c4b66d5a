import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
	type PulumiResult,
	runPulumi,
} from "../../../rehearsal/engine/pulumi.ts";
import { bundlePack, type PackBundle } from "../../../rehearsal/pack/bundle.ts";

const here = import.meta.dirname;

export interface Declared {
	readonly type: string;
	readonly name: string;
	readonly inputs: Readonly<Record<string, unknown>>;
	readonly protect?: boolean;
}

/** The bundled pack, far from the checkout, and a program whose resources a test names, on the real engine. */
export class Court {
	readonly root = mkdtempSync(join(tmpdir(), "policies-test-"));
	readonly program = join(this.root, "engine/program");
	/** Where nothing but the pack's own dependency can be found. */
	readonly pack = join(this.root, "published/pack");
	private readonly oldHome = process.env.TRUSTED_LOGIN_HOME;
	bundle: PackBundle | undefined;

	async open(): Promise<void> {
		process.env.TRUSTED_LOGIN_HOME = join(this.root, "home");
		cpSync(join(here, "program"), this.program, { recursive: true });
		symlinkSync(
			resolve(here, "../../../node_modules"),
			join(this.root, "engine/node_modules"),
		);
		// The engine's host starts a pack by the runner in the pack's own `@pulumi/pulumi`, as `npm install` leaves it.
		const installed = join(this.root, "published/node_modules/@pulumi");
		mkdirSync(installed, { recursive: true });
		symlinkSync(
			resolve(here, "../../../node_modules/@pulumi/pulumi"),
			join(installed, "pulumi"),
		);
		this.bundle = await bundlePack(this.pack);
		for (const stack of ["dev", "prod"]) {
			await this.pulumi([], "stack", "init", stack);
		}
	}

	close(): void {
		if (this.oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = this.oldHome;
		rmSync(this.root, { recursive: true, force: true });
	}

	/** Runs a command with the pack against a stack that declares these. */
	judge(
		declared: readonly Declared[],
		...args: string[]
	): Promise<PulumiResult> {
		return this.pulumi(declared, ...args, "--policy-pack", this.pack);
	}

	pulumi(
		declared: readonly Declared[],
		...args: string[]
	): Promise<PulumiResult> {
		return runPulumi([...args, "--non-interactive"], {
			cwd: this.program,
			env: { JUDGED_RESOURCES: JSON.stringify(declared) },
		});
	}

	/** A file with configuration of the pack. */
	configFile(config: object): string {
		const file = join(this.root, "config.json");
		writeFileSync(file, JSON.stringify(config));
		return file;
	}

	/** The inputs of everything that a stack holds, by name. */
	async held(stack: string): Promise<Record<string, Record<string, unknown>>> {
		const { stdout } = await this.pulumi(
			[],
			"stack",
			"export",
			"--stack",
			stack,
		);
		const { deployment } = JSON.parse(stdout);
		const resources: { urn: string; inputs?: Record<string, unknown> }[] =
			deployment.resources ?? [];
		return Object.fromEntries(
			resources.map(({ urn, inputs = {} }) => [
				urn.split("::").at(-1) ?? "",
				inputs,
			]),
		);
	}
}
