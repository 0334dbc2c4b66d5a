import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
	type Checklist,
	createKeyPair,
	type Decision,
	digestsOf,
	type KindName,
	parseChecklist,
	parseSigningKey,
	renderDecision,
	type SigningKey,
	type Subject,
	signPayload,
	writeStatement,
} from "@trusted-login/golive";
import {
	digestsOnly,
	gateText,
	readGate,
	readProgram,
	reportKey,
} from "@trusted-login/golive/read";
import { loadStackFile } from "@trusted-login/settings";
import { repositoryFolder } from "../cloud/ecr/registry.ts";
import { checkout, createHome, laptopPlaces } from "../engine/places.ts";
import { stackName } from "./stack.ts";
import type { Summary } from "./summary.ts";
import { secondRelease } from "./updates.ts";

const holder = "npm start on this laptop";

/**
 * The go-live decision for the laptop's stack, as lines for a person: what this run proved is recorded as evidence with a key
 * made on the spot, and whatever it did not prove is missing. It changes nothing, and it never throws.
 */
export async function decideForLaptop(
	summary: Summary,
	startedAt: Date,
	root: string = checkout(),
): Promise<string> {
	try {
		return await decide(summary, startedAt, root);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		return `  decision        NO-GO for ${stackName}: it cannot be decided: ${reason}`;
	}
}

async function decide(
	summary: Summary,
	startedAt: Date,
	root: string,
): Promise<string> {
	const folder = join(createHome(), "start", "go-live");
	const evidence = join(folder, "evidence");
	// The key of the run before is gone, and with it whoever could answer for what it signed.
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(join(evidence, "records"), { recursive: true, mode: 0o700 });
	const key = parseSigningKey(createKeyPair().privatePem, holder);
	const checklist = parseChecklist(
		readFileSync(join(root, "golive.yaml"), "utf8"),
	);
	const trust = trustOf(checklist, key);
	const trustFile = join(folder, "trust.json");
	writeFileSync(trustFile, trust);
	const settings = loadStackFile(join(root, `Pulumi.${stackName}.yaml`));
	const images = digestsOfTags(settings.images);
	const subject = { ...(await readProgram(root)), images: digestsOnly(images) };
	for (const proof of proofsOf(summary)) {
		record(evidence, key, subject, proof, summary, startedAt);
	}
	const found = await readGate({
		stack: stackName,
		settings: { ...settings, images },
		root,
		environment: {
			CUTOVER_TRUST: trustFile,
			CUTOVER_TRUST_SHA256: sha256(trust),
			CUTOVER_EVIDENCE: evidence,
			CUTOVER_RELEASE: secondRelease,
		},
		isPreview: true,
	});
	const decision = found.answer?.decision;
	if (decision === undefined) return indented(gateText(found));
	const file = join(folder, "decision.md");
	writeFileSync(file, renderDecision(decision));
	return describe(decision, found.problems.length, file);
}

/** For a person: the word, every mandatory criterion with its state, and where the rest stands. */
function describe(decision: Decision, missing: number, file: string): string {
	const { stack, gate, release, criteria, items } = decision;
	const proven = [...criteria, ...items]
		.flatMap(({ findings }) => findings)
		.filter(({ status }) => status === "PASS")
		.map(({ proof }) => proof);
	return [
		`  decision        ${missing === 0 ? decision.decision : "NO-GO"} for ${stack}, gate ${gate}, release ${release}${missing === 0 ? "" : `: ${missing} things are missing; ${stack} is advisory, so it stops nothing`}`,
		...criteria
			.filter(({ level }) => level === "mandatory")
			.map(
				({ status, title, owner }) =>
					`                  ${status.padEnd(14)}${title} (${owner})`,
			),
		`                  proven by this run: ${[...new Set(proven)].join(", ") || "nothing"}; the whole decision: ${file}`,
	].join("\n");
}

/** The trusted keys of this one run: its own key, and what the checklist itself asks for. */
function trustOf(checklist: Checklist, { publicKey }: SigningKey): string {
	const { thresholds, decisionMakers, criteria } = checklist;
	const kinds: readonly KindName[] = ["conversion", "smoke"];
	return JSON.stringify({
		version: 1,
		keys: [{ publicKey, holder, role: "Laptop", kinds, stacks: [stackName] }],
		minimum: {
			...{ thresholds, decisionMakers, images: checklist.images },
			criteria: criteria
				.filter(({ level }) => level === "mandatory")
				.map(({ id, gates, evidence, attestedBy }) => ({
					...{ id, gates, evidence, attestedBy },
				})),
			advisory: [stackName],
		},
	});
}

interface Proof {
	readonly kind: KindName;
	/** Whether each check passed; none where nothing was put to the test. */
	readonly checks: readonly boolean[];
	readonly numbers?: Readonly<Record<string, number>>;
}

/**
 * What a run of `npm start` proves: that no row is left to convert, that writes and passwords arrived, and that the load
 * balancer serves. It counts rows and compares none, so it is no validation.
 */
function proofsOf({ rows, load, ledger, signIns }: Summary): readonly Proof[] {
	const rowsLeft = rows.reduce(
		(sum, { source, migrated, quarantined }) =>
			sum + Math.abs(source - migrated - quarantined),
		0,
	);
	return [
		{
			kind: "conversion",
			// Where no row is left, no range of rows is.
			numbers: { rowsLeft, "pass.rangesLeft": rowsLeft },
			checks: [
				rows.length > 0,
				...rows.map(
					({ source, migrated, quarantined }) =>
						source === migrated + quarantined,
				),
				...(ledger ? [ledger.lost.length === 0] : []),
				signIns.tried > 0 && signIns.worked === signIns.tried,
			],
		},
		{
			kind: "smoke",
			checks: load ? [load.requests > 0, load.failed === 0] : [],
		},
	];
}

function record(
	evidence: string,
	key: SigningKey,
	subject: Subject,
	{ kind, checks, numbers }: Proof,
	summary: Summary,
	startedAt: Date,
): void {
	const text = `${JSON.stringify(summary, undefined, "\t")}\n`;
	const report = {
		name: "summary.json",
		sha256: sha256(text),
		bytes: Buffer.byteLength(text),
	};
	const failed = checks.filter((isGood) => !isGood).length;
	const finishedAt = new Date();
	const payload = writeStatement({
		subject: digestsOf(subject),
		predicate: {
			type: "evidence",
			body: {
				...{ kind, stack: stackName, release: secondRelease },
				producer: { name: holder, keyId: key.keyId, version: "npm start" },
				startedAt: startedAt.toISOString(),
				finishedAt: finishedAt.toISOString(),
				expiresAt: new Date(finishedAt.getTime() + 86_400_000).toISOString(),
				outcome:
					checks.length === 0 ? "not run" : failed > 0 ? "failed" : "passed",
				numbers: {
					...numbers,
					checksPassed: checks.length - failed,
					checksFailed: failed,
					checksInconclusive: 0,
					checksNotRun: checks.length === 0 ? 1 : 0,
				},
				reports: [report],
			},
		},
	});
	const file = join(evidence, reportKey(report.sha256, report.name));
	mkdirSync(join(file, ".."), { recursive: true });
	writeFileSync(file, text);
	writeFileSync(
		join(evidence, "records", `${kind}.json`),
		JSON.stringify(signPayload(payload, key)),
	);
}

/** The stack file names tags; what they stand for says the registry. */
function digestsOfTags(
	images: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
	return Object.fromEntries(
		Object.entries(images).map(([name, tag]) => {
			const tags = join(
				repositoryFolder(laptopPlaces().cloud, `trusted-login-${name}`),
				"tags.json",
			);
			return [
				name,
				existsSync(tags)
					? JSON.parse(readFileSync(tags, "utf8"))[tag ?? ""]
					: undefined,
			];
		}),
	);
}

const sha256 = (text: string): string =>
	createHash("sha256").update(text).digest("hex");

const indented = (text: string): string =>
	text
		.split("\n")
		.map((line) => `  ${line}`)
		.join("\n");
