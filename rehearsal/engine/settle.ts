import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Holder, judgeHolder, thisMachine } from "./holder.ts";
import {
	type CloudAnswer,
	importFile,
	type PendingOperation,
	planSettlement,
	type Settlement,
	type StateResource,
	urnsToAsk,
} from "./pending.ts";
import { laptopPlaces, loadOrCreateEndpoint } from "./places.ts";
import { runPulumi } from "./pulumi.ts";

export interface SettleOptions {
	/** Folder of Pulumi.yaml; default: the current one. */
	cwd?: string;
	/** Called with one sentence for each thing that was done. */
	onDone?: (sentence: string) => void;
}

/**
 * Makes a stack fit for an update after an engine was killed: clears the lock of a dead holder and settles the operations that it
 * had begun, by asking the laptop cloud what came of them. Does nothing when nothing was interrupted.
 * @throws while another engine holds the stack, or when Pulumi refuses a step.
 */
export async function settleInterrupted(
	stack: string,
	options: SettleOptions = {},
): Promise<void> {
	await clearDeadLock(stack, options);
	const { pending, resources } = await readState(stack, options);
	if (pending.length === 0) return;
	const answers = await askAbout(urnsToAsk(pending), stack, options);
	const plan = planSettlement(pending, resources, answers);
	await importFound(stack, plan, options);
	for (const step of plan)
		if (step.action === "remove")
			await askCloud("delete", {
				type: step.resource.type,
				urn: step.resource.urn,
				id: step.id,
			});
	// Reads every resource again and drops what is left of the interrupted operations.
	await pulumi(
		["refresh", "--yes", "--skip-preview", "--clear-pending-creates"],
		stack,
		options,
	);
	for (const step of plan) options.onDone?.(describe(step));
}

/** Who holds the stack, by the files of the file backend. */
export function readLocks(stack: string, project: string): Holder[] {
	const folder = join(
		laptopPlaces().state,
		".pulumi/locks/organization",
		project,
		stack,
	);
	return readLockFiles(folder).map((text) => {
		const { pid, hostname, timestamp }: Record<string, unknown> =
			JSON.parse(text);
		return {
			pid: Number(pid),
			hostname: String(hostname),
			...(typeof timestamp === "string" ? { since: new Date(timestamp) } : {}),
		};
	});
}

async function clearDeadLock(
	stack: string,
	options: SettleOptions,
): Promise<void> {
	const holders = readLocks(stack, projectName(options.cwd ?? process.cwd()));
	for (const holder of holders) {
		const state = judgeHolder(holder, thisMachine());
		if (state === "dead") continue;
		throw new Error(
			`stack ${stack} is being updated by process ${holder.pid} on ${holder.hostname}${holder.since ? ` since ${holder.since.toISOString()}` : ""}; wait for it, or end it with Ctrl-C`,
		);
	}
	if (holders.length === 0) return;
	await pulumi(["cancel", "--yes"], stack, options);
	options.onDone?.(
		`cleared the lock of process ${holders.map(({ pid }) => pid).join(", ")}, which is dead`,
	);
}

async function importFound(
	stack: string,
	plan: readonly Settlement[],
	options: SettleOptions,
): Promise<void> {
	const imports = plan.filter((step) => step.action === "import");
	if (imports.length === 0) return;
	const folder = mkdtempSync(join(tmpdir(), "settle-"));
	try {
		const file = join(folder, "import.json");
		writeFileSync(file, importFile(imports));
		// `refresh --import-pending-creates` would forget the resources: nothing completes an import that it notes down.
		await pulumi(
			[
				"import",
				"--yes",
				"--skip-preview",
				"--generate-code=false",
				"--protect=false",
				"--file",
				file,
			],
			stack,
			options,
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function readState(
	stack: string,
	options: SettleOptions,
): Promise<{ pending: PendingOperation[]; resources: StateResource[] }> {
	const {
		deployment,
	}: {
		deployment?: {
			pending_operations?: PendingOperation[];
			resources?: StateResource[];
		};
	} = JSON.parse(await pulumi(["stack", "export"], stack, options));
	return {
		pending: deployment?.pending_operations ?? [],
		resources: deployment?.resources ?? [],
	};
}

async function pulumi(
	args: readonly string[],
	stack: string,
	{ cwd }: SettleOptions,
): Promise<string> {
	const { exitCode, stdout, stderr } = await runPulumi(
		[...args, "--stack", stack, "--non-interactive"],
		cwd === undefined ? {} : { cwd },
	);
	if (exitCode !== 0)
		throw new Error(
			`pulumi ${args.join(" ")} failed with exit code ${exitCode}:\n${stdout}${stderr}`,
		);
	return stdout;
}

/** A cloud that sleeps is woken by a refresh, which reads its resources; one that never was has nothing. */
async function askAbout(
	urns: readonly string[],
	stack: string,
	options: SettleOptions,
): Promise<Map<string, CloudAnswer>> {
	const answers = new Map<string, CloudAnswer>();
	if (urns.length === 0) return answers;
	if (!(await isAnswering("ping")))
		await pulumi(["refresh", "--yes", "--skip-preview"], stack, options);
	const isUp = await isAnswering("ping");
	if (!isUp && existsSync(join(laptopPlaces().cloud, "store.json")))
		throw new Error(
			"the laptop cloud does not answer although it holds resources; rehearsal doctor says why",
		);
	for (const urn of urns)
		answers.set(urn, isUp ? await askCloud("read", { urn }) : { found: false });
	return answers;
}

const isAnswering = (verb: string): Promise<boolean> =>
	askCloud(verb, {}).then(
		() => true,
		() => false,
	);

async function askCloud(
	verb: string,
	body: Record<string, string>,
): Promise<CloudAnswer> {
	const { port, token } = loadOrCreateEndpoint();
	const url = `http://127.0.0.1:${port}/_laptop/${verb}`;
	const answer = await fetch(url, {
		method: "POST",
		headers: { "content-type": "application/json", "x-laptop-token": token },
		body: JSON.stringify(body),
	});
	if (!answer.ok)
		throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
	const { found, id }: Partial<CloudAnswer> = JSON.parse(await answer.text());
	return { found: found === true, ...(id === undefined ? {} : { id }) };
}

function describe(step: Settlement): string {
	const { urn } = step.resource;
	switch (step.action) {
		case "import":
			return `${urn}: its creation was interrupted, the cloud has it as ${step.id}: taken into the stack`;
		case "forget":
			return `${urn}: its creation was interrupted, ${step.because}: forgotten`;
		case "remove":
			return `${urn}: its replacement was interrupted, the cloud had ${step.id} already: removed, the next update makes it again`;
		case "reread":
			return `${urn}: interrupted while ${step.interrupted}: read again from the cloud`;
	}
}

function readLockFiles(folder: string): string[] {
	try {
		return readdirSync(folder)
			.filter((name) => name.endsWith(".json"))
			.map((name) => readFileSync(join(folder, name), "utf8"));
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT")
			return [];
		throw error;
	}
}

function projectName(folder: string): string {
	const file = join(folder, "Pulumi.yaml");
	const name = /^name:\s*["']?([\w.-]+)/m.exec(readFileSync(file, "utf8"))?.[1];
	if (name === undefined) throw new Error(`${file} names no project`);
	return name;
}
