import { execFileSync } from "node:child_process";
import {
	copyFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { openEvidenceBucket } from "../../../cutover/src/adapters/evidenceBucket.ts";
import {
	inWindow,
	parseChecklist,
	type Subject,
	settingsHash,
} from "../../../golive/src/index.ts";
import {
	type GateAnswer,
	readGate,
	readProgram,
} from "../../../golive/src/read/index.ts";
import { laptopPlaces } from "../../../rehearsal/engine/places.ts";
import {
	type PulumiResult,
	runPulumi,
} from "../../../rehearsal/engine/pulumi.ts";
import { bundlePack } from "../../../rehearsal/pack/bundle.ts";
import { loadStackFile } from "../../../settings/src/index.ts";
import { restoreEnvironment } from "../../environment.ts";
import { writeEvidence } from "../../golive/evidenceFolder.ts";
import {
	checklistText,
	dayMs,
	defaultMinimum,
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
import { installTinyProvider } from "../engine/sandbox.ts";

const here = import.meta.dirname;
const checkout = resolve(here, "../../..");
const hourMs = 3_600_000;

export const images = {
	frontend: sha256("frontend"),
	backend: sha256("backend"),
	cutover: sha256("cutover"),
};

/** golive.yaml as it is, with prod's window every day from so many hours after now. */
export function checklistWithWindow(nowMs: number, fromHours: number): string {
	const list = parse(checklistText);
	const timeOf = (hours: number) => isoOf(nowMs + hours * hourMs).slice(11, 16);
	Object.assign(list.stacks.prod.window, {
		every: "day",
		from: timeOf(fromHours),
		to: timeOf(fromHours + 4),
	});
	return stringify(list);
}

/** A stack "prod" of a program with the real lock, on the real engine, with its evidence and trusted keys beside it. */
export class Stage {
	readonly root = mkdtempSync(join(tmpdir(), "bypass-test-"));
	readonly program = join(this.root, "engine/program");
	readonly evidence = join(this.root, "evidence");
	readonly trust = join(this.root, "trust.json");
	readonly pack = join(this.root, "published/pack");
	readonly store = join(this.root, "store.json");
	readonly stackFile = join(this.program, "Pulumi.prod.yaml");
	readonly nowMs = Date.now();
	readonly checklist = checklistWithWindow(this.nowMs, -1);
	private readonly oldHome = process.env.TRUSTED_LOGIN_HOME;
	subject: Subject | undefined;
	private salt = "";

	async open(): Promise<void> {
		process.env.TRUSTED_LOGIN_HOME = join(this.root, "home");
		cpSync(join(here, "program"), this.program, { recursive: true });
		// The lock itself lies in the program's own checkout, so that whoever changes it changes the tree.
		const main = join(this.program, "index.ts");
		const code = readFileSync(main, "utf8");
		writeFileSync(main, code.replace("../../../../gate.ts", "./gate.ts"));
		for (const file of ["gate.ts", "package-lock.json"]) {
			copyFileSync(join(checkout, file), join(this.program, file));
		}
		writeFileSync(join(this.program, "golive.yaml"), this.checklist);
		symlinkSync(
			join(checkout, "node_modules"),
			join(this.root, "engine/node_modules"),
		);
		const installed = join(this.root, "published/node_modules/@pulumi");
		mkdirSync(installed, { recursive: true });
		symlinkSync(
			join(checkout, "node_modules/@pulumi/pulumi"),
			join(installed, "pulumi"),
		);
		git(this.program, "init", "--quiet", ".");
		commit(this.program);
		git(this.program, "tag", "approved");
		installTinyProvider(this.store);
		await bundlePack(this.pack);
		await this.pulumi(["stack", "init", "prod"]);
		this.salt = readFileSync(this.stackFile, "utf8");
		await this.reset();
	}

	close(): void {
		if (this.oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = this.oldHome;
		rmSync(this.root, { recursive: true, force: true });
	}

	/** Puts program, stack file, checklist and keys back to how they were approved. */
	async reset(): Promise<void> {
		git(this.program, "reset", "--quiet", "--hard", "approved");
		git(this.program, "clean", "--quiet", "--force");
		writeFileSync(this.stackFile, this.salt + quoted(stackFile()));
		this.writeChecklist(this.checklist);
		this.writeTrust(trustText([...people.values()]));
		this.subject ??= { ...(await readProgram(this.program)), images };
	}

	writeChecklist(text: string): void {
		writeFileSync(join(this.program, "golive.yaml"), text);
	}

	writeTrust(text: string): void {
		writeFileSync(this.trust, text);
	}

	/** Changes the configuration of the stack file. */
	editStackFile(change: (config: Record<string, unknown>) => void): void {
		const file = parse(readFileSync(this.stackFile, "utf8"));
		change(file.config);
		writeFileSync(this.stackFile, quoted(file));
	}

	/** Start of the window that is open, or would be. */
	windowStart({
		checklistText: text = this.checklist,
		nowMs = this.nowMs,
		stack = "prod",
	}: Variant = {}): string {
		const { window } = parseChecklist(text).stacks[stack] ?? {};
		const current = window && inWindow(nowMs, window);
		return isoOf(current?.startMs ?? nowMs);
	}

	/** What is asked of this very program now, proven; signed off as well unless it is to be changed first. */
	world(variant: Variant = {}, isSignedOff = true): World {
		const windowStart = this.windowStart(variant);
		const about = {
			nowMs: this.nowMs,
			...(this.subject && { subject: this.subject }),
			checklistText: this.checklist,
			windowStart,
			...variant,
		};
		const world = provenWorld(about);
		// As for a raw update, which nothing compares with a plan.
		world.context = {
			...world.context,
			planHash: undefined,
			settings: settingsHash(loadStackFile(this.stackFile)),
		};
		if (isSignedOff) signOff(world, about);
		world.records.push(noticeOf(world, windowStart, 14));
		return world;
	}

	/** Puts a world's records, and the reports behind them, into the evidence place; nothing else is left there. */
	write(world: Pick<World, "records">): void {
		writeEvidence(this.evidence, world);
	}

	/** Puts what lies in the evidence place into a bucket as well. */
	async copyEvidence(
		place: string,
		access: Readonly<Record<string, string>>,
	): Promise<void> {
		const environment = { ...process.env };
		Object.assign(process.env, access);
		try {
			const store = await openEvidenceBucket(place);
			const files = readdirSync(this.evidence, { recursive: true });
			for (const key of files.map(String)) {
				const file = join(this.evidence, key);
				if (statSync(file).isFile()) await store.put(key, readFileSync(file));
			}
			store.close();
		} finally {
			restoreEnvironment(environment);
		}
	}

	/** What the runner pins: the sha256 is that of the keys as they were handed out. */
	runner(): Record<string, string> {
		return {
			CUTOVER_EVIDENCE: this.evidence,
			CUTOVER_TRUST: this.trust,
			CUTOVER_TRUST_SHA256: sha256(trustText([...people.values()])),
			CUTOVER_RELEASE: "2.0.0",
			CUTOVER_PROGRAM: this.program,
		};
	}

	/** An update that would change both resources. */
	up(
		args: readonly string[] = ["--skip-preview"],
		environment: Readonly<Record<string, string>> = this.runner(),
	): Promise<PulumiResult> {
		return this.pulumi(["up", "--yes", "--stack", "prod", ...args], {
			GATED_VALUE: "second",
			...environment,
		});
	}

	pulumi(
		args: readonly string[],
		environment: Readonly<Record<string, string>> = {},
	): Promise<PulumiResult> {
		return runPulumi([...args, "--non-interactive"], {
			cwd: this.program,
			env: { ...environment },
		});
	}

	/** The same question without an engine, as the pack asks it. */
	ask(
		environment: Readonly<Record<string, string>> = this.runner(),
	): Promise<GateAnswer> {
		return readGate({
			stack: "prod",
			settings: loadStackFile(this.stackFile),
			root: this.program,
			environment,
			isPreview: false,
		});
	}

	/** What lies in the tiny cloud. */
	cloud(): string {
		return existsSync(this.store) ? readFileSync(this.store, "utf8") : "";
	}

	/** What lies in the tiny cloud, and what the stack's state says that it holds, as one text. */
	held(): string {
		const state = join(
			laptopPlaces().state,
			".pulumi/stacks/trusted-login/prod.json",
		);
		const { checkpoint } = JSON.parse(readFileSync(state, "utf8"));
		const resources: { type: string; urn: string; inputs: unknown }[] =
			checkpoint.latest?.resources ?? [];
		const own = resources
			.filter(({ type }) => type === "tiny:index:Slow")
			.map(({ urn, inputs }) => ({ urn, inputs }))
			// The engine lists what does not depend on each other in any order.
			.sort((one, other) => one.urn.localeCompare(other.urn));
		return JSON.stringify({ cloud: this.cloud(), own });
	}
}

/** Word of the window to everybody, so many days ahead. */
export function noticeOf(world: World, windowStart: string, days: number) {
	const at = isoOf(Date.parse(windowStart) - days * dayMs);
	const { stack, release, subject } = world.context;
	return recordOf(
		{
			type: "notice",
			body: {
				stack,
				release,
				windowStart,
				groups: [
					...["all_users", "support_team", "management"],
					...["development_team", "qa_team"],
				],
				role: "Project Manager",
				sentAt: at,
				signedAt: at,
			},
		},
		personOf("Project Manager"),
		subject,
	);
}

/** Keys that name prod's minimum, for those who would swap them. */
export const otherKeys = (signers: Parameters<typeof trustText>[0]): string =>
	trustText(signers, defaultMinimum);

/** Commits everything that lies in a checkout. */
export function commit(program: string): void {
	git(program, "add", "--all");
	git(
		program,
		...["-c", "user.name=test", "-c", "user.email=test@example.com"],
		...["commit", "--quiet", "--message=test"],
	);
}

export function git(folder: string, ...args: readonly string[]): void {
	execFileSync("git", ["-C", folder, ...args], { stdio: "pipe" });
}

/** YAML whose texts are quoted: the engine would read a bare date as a moment. */
export const quoted = (file: object): string =>
	stringify(file, { defaultStringType: "QUOTE_DOUBLE" });

/** The stack file of prod as committed, with what its own comment asks for before phase live. */
export function stackFile(): { config: Record<string, unknown> } {
	const { config } = parse(
		readFileSync(join(checkout, "Pulumi.prod.yaml"), "utf8"),
	);
	return {
		config: {
			...config,
			"trusted-login:phase": "live",
			"trusted-login:images": Object.fromEntries(
				Object.entries(images).map(([name, hex]) => [name, `sha256:${hex}`]),
			),
			"trusted-login:edge": {
				...config["trusted-login:edge"],
				operatorCidrs: ["203.0.113.0/24"],
			},
			"trusted-login:legacy": {
				...config["trusted-login:legacy"],
				uploadsFileSystemId: "fs-0123456789abcdef0",
			},
		},
	};
}
