import { spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	copyFileSync,
	cpSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import {
	inWindow,
	parseChecklist,
	type Subject,
	settingsHash,
} from "../../../golive/src/index.ts";
import { readProgram } from "../../../golive/src/read/index.ts";
import { childEnvironment } from "../../../rehearsal/engine/environment.ts";
import {
	laptopPlaces,
	loadOrCreateEndpoint,
} from "../../../rehearsal/engine/places.ts";
import { runPulumi } from "../../../rehearsal/engine/pulumi.ts";
import { freePort } from "../../../rehearsal/freePort.ts";
import { loadStackFile } from "../../../settings/src/index.ts";
import { run } from "../../cutover/evidence/program.ts";
import { writeEvidence } from "../../golive/evidenceFolder.ts";
import {
	checklistText,
	isoOf,
	people,
	personOf,
	provenWorld,
	recordOf,
	sha256,
	signOff,
	trustText,
	type Variant,
	type World,
} from "../../golive/fixture.ts";
import { git, images, noticeOf, quoted, stackFile } from "../bypass/stage.ts";

const here = import.meta.dirname;
const checkout = resolve(here, "../../..");
const hourMs = 3_600_000;

/** What a run of the command line came to. */
export interface Ran {
	readonly exitCode: number;
	readonly stderr: string;
	/** Its JSON. */
	readonly result: Record<string, unknown> & {
		readonly planHash: string;
		readonly operations: Readonly<Record<string, number>>;
		readonly destructive: readonly { readonly waiver: string }[];
		readonly problems?: readonly string[];
	};
}

/** A gated stack "prod" with a real database and a bucket on the laptop cloud, with its evidence and trusted keys. */
export class PlannedStack {
	readonly root = mkdtempSync(join(tmpdir(), "plan-test-"));
	readonly program = join(this.root, "program");
	readonly evidence = join(this.root, "evidence");
	readonly reports = join(this.root, "reports");
	private readonly trust = join(this.root, "trust.json");
	private readonly oldHome = process.env.TRUSTED_LOGIN_HOME;
	private readonly nowMs = Date.now();
	private laptop: Record<string, string> = {};
	private subject: Subject | undefined;

	async open(): Promise<void> {
		// The database's own user passes through.
		chmodSync(this.root, 0o711);
		process.env.TRUSTED_LOGIN_HOME = join(this.root, "home");
		cpSync(join(here, "program"), this.program, { recursive: true });
		cpSync(join(here, "../engine/pack"), join(this.root, "pack"), {
			recursive: true,
		});
		symlinkSync(
			join(checkout, "node_modules"),
			join(this.root, "node_modules"),
		);
		copyFileSync(
			join(checkout, "package-lock.json"),
			join(this.program, "package-lock.json"),
		);
		this.openWindow();
		writeFileSync(this.trust, trustText([...people.values()]));
		this.laptop = {
			...(await childEnvironment()),
			PLANNED_PORT: String(await freePort()),
		};
		await this.pulumi("stack", "init", "prod");
		const file = join(this.program, "Pulumi.prod.yaml");
		const salt = readFileSync(file, "utf8");
		writeFileSync(file, salt + quoted(stackFile()));
		git(this.program, "init", "--quiet", ".");
		git(this.program, "add", "--all");
		git(
			this.program,
			...["-c", "user.name=test", "-c", "user.email=test@example.com"],
			...["commit", "--quiet", "--message=test"],
		);
		this.subject = { ...(await readProgram(this.program)), images };
		await this.pulumi("up", "--yes", "--skip-preview");
	}

	async close(): Promise<void> {
		const { port, token } = loadOrCreateEndpoint();
		await fetch(`http://127.0.0.1:${port}/_laptop/shutdown`, {
			method: "POST",
			headers: { "x-laptop-token": token },
			body: JSON.stringify({ remove: true }),
		}).catch(() => undefined);
		if (this.oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = this.oldHome;
		rmSync(this.root, { recursive: true, force: true });
	}

	/** golive.yaml with prod's window every day, begun so many hours ago and four hours long. */
	openWindow(hoursAgo = 1): void {
		const list = parse(checklistText);
		const timeOf = (hours: number) =>
			isoOf(this.nowMs + hours * hourMs).slice(11, 16);
		Object.assign(list.stacks.prod.window, {
			every: "day",
			from: timeOf(-hoursAgo),
			to: timeOf(4 - hoursAgo),
		});
		writeFileSync(join(this.program, "golive.yaml"), stringify(list));
	}

	/** Everything proven and everybody told, for this plan; signed off unless something is still to come. */
	world(planHash: string | undefined, waivers: readonly string[] = []): World {
		const text = readFileSync(join(this.program, "golive.yaml"), "utf8");
		const { window } = parseChecklist(text).stacks.prod ?? {};
		const current = window && inWindow(this.nowMs, window);
		const windowStart = isoOf(current?.startMs ?? this.nowMs);
		const variant: Variant = {
			nowMs: this.nowMs,
			checklistText: text,
			windowStart,
			...(this.subject && { subject: this.subject }),
		};
		const world = provenWorld(variant);
		world.context = {
			...world.context,
			planHash,
			settings: settingsHash(
				loadStackFile(join(this.program, "Pulumi.prod.yaml")),
			),
		};
		world.records.push(noticeOf(world, windowStart, 14));
		for (const item of waivers) world.records.push(waiverOf(world, item));
		return signOff(world, variant);
	}

	/** Puts a world's records into the evidence place; nothing else is left there. */
	write(world: Pick<World, "records">): void {
		writeEvidence(this.evidence, world);
	}

	/** Runs the command line against the stack, with the program as the environment says. */
	async cutover(
		planned: Readonly<Record<string, string>>,
		...args: readonly string[]
	): Promise<Ran> {
		const { exitCode, stdout, stderr } = await run(
			this.environment(planned),
			...args,
			"--json",
		);
		return {
			exitCode,
			stderr,
			result: stdout === "" ? {} : JSON.parse(stdout),
		};
	}

	/** Runs it as a process of its own, and sends it a Ctrl-C as soon as it says something. */
	async interrupted(
		planned: Readonly<Record<string, string>>,
		said: RegExp,
		...args: readonly string[]
	): Promise<{ readonly exitCode: unknown; readonly stderr: string }> {
		const child = spawn(
			process.execPath,
			[join(checkout, "cutover/bin/cutover.mjs"), ...args],
			{
				env: { ...process.env, ...this.environment(planned) },
				stdio: ["ignore", "ignore", "pipe"],
			},
		);
		let stderr = "";
		let isAsked = false;
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			stderr += chunk;
			if (isAsked || !said.test(stderr)) return;
			isAsked = true;
			child.kill("SIGINT");
		});
		const [exitCode] = await once(child, "close");
		return { exitCode, stderr };
	}

	/** Puts the stack into another phase. */
	setPhase(phase: "backfill" | "live"): void {
		const file = join(this.program, "Pulumi.prod.yaml");
		const text = readFileSync(file, "utf8");
		writeFileSync(
			file,
			text.replace(/("trusted-login:phase": )"[a-z]+"/, `$1"${phase}"`),
		);
	}

	private environment(
		planned: Readonly<Record<string, string>>,
	): Record<string, string> {
		return {
			...this.laptop,
			CUTOVER_EVIDENCE: this.evidence,
			CUTOVER_TRUST: this.trust,
			CUTOVER_TRUST_SHA256: sha256(readFileSync(this.trust)),
			CUTOVER_PROGRAM: this.program,
			CUTOVER_RELEASE: "2.0.0",
			CUTOVER_STACK: "prod",
			CUTOVER_REPORT_DIR: this.reports,
			CUTOVER_POLICY_PACK: join(this.root, "pack"),
			...planned,
		};
	}

	/** The stack's resources as its state holds them, as one text. */
	held(): string {
		const file = join(
			laptopPlaces().state,
			".pulumi/stacks/trusted-login/prod.json",
		);
		const { checkpoint } = JSON.parse(readFileSync(file, "utf8"));
		const resources: { type: string; urn: string; inputs: unknown }[] =
			checkpoint.latest?.resources ?? [];
		return JSON.stringify(
			resources
				.filter(({ type }) => type.startsWith("aws:"))
				.map(({ urn, inputs }) => ({ urn, inputs }))
				.sort((one, other) => one.urn.localeCompare(other.urn)),
		);
	}

	private async pulumi(...args: readonly string[]): Promise<void> {
		const { exitCode, stdout, stderr } = await runPulumi(
			[...args, "--non-interactive"],
			{ cwd: this.program, env: this.laptop },
		);
		if (exitCode !== 0) throw new Error(stdout + stderr);
	}
}

function waiverOf(world: World, item: string) {
	const { stack, release, gate, subject } = world.context;
	return recordOf(
		{
			type: "waiver",
			body: {
				...{ stack, release, gate, item, role: "CTO", emergency: false },
				reason: "it is empty and was moved last week",
				signedAt: isoOf(world.nowMs - 20 * 60_000),
				expiresAt: isoOf(world.nowMs + 24 * hourMs),
			},
		},
		personOf("CTO"),
		subject,
	);
}
