import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { KindName, StoredRecord } from "../../../golive/src/index.ts";
import {
	approvalRecord,
	dayMs,
	decideIn,
	deciding,
	type EvidenceBody,
	evidenceRecord,
	isoOf,
	minuteMs,
	people,
	personOf,
	reportText,
	sha256,
	signer,
	signOff,
	trustText,
	type World,
} from "../../golive/fixture.ts";
import {
	checklistWithWindow,
	commit,
	noticeOf,
	otherKeys,
	type Stage,
} from "./stage.ts";

/** One attempt to get round the gate. */
export interface Attack {
	readonly title: string;
	/** Prepares everything and answers how the runner's environment differs; undefined takes a variable out. */
	readonly prepare: (
		stage: Stage,
	) => Record<string, string> | undefined | Promise<undefined>;
	/** What the message has to name. */
	readonly names: RegExp;
}

/** Everybody who tries it has a stage on which all would be GO. */
export const attacks: readonly Attack[] = [
	{
		title: "nothing pinned by the runner",
		prepare: (stage) => {
			stage.write(stage.world());
			return {
				CUTOVER_EVIDENCE: "",
				CUTOVER_TRUST: "",
				CUTOVER_TRUST_SHA256: "",
				CUTOVER_RELEASE: "",
			};
		},
		names:
			/trusted keys: expected CUTOVER_TRUST[\s\S]*evidence: expected[\s\S]*release: expected/,
	},
	{
		title: "a stack file that calls its gate advisory",
		prepare: (stage) => {
			stage.write({ records: [] });
			editStackFile(stage, { gate: { mode: "advisory" } });
			return undefined;
		},
		names: /gate\.mode: expected the pinned keys to name prod as advisory/,
	},
	{
		title: "a stack file that claims to live on the laptop",
		prepare: (stage) => {
			stage.write({ records: [] });
			editStackFile(stage, { gate: { mode: "advisory" }, cloud: "laptop" });
			return undefined;
		},
		names: /gate\.mode: expected the pinned keys to name prod as advisory/,
	},
	{
		title: "a stack file that asks at another gate",
		prepare: (stage) => {
			stage.write(stage.world());
			editStackFile(stage, { gate: { live: "release" } });
			return undefined;
		},
		names: /gate release[\s\S]*sign-off of CTO: NOT_RUN/,
	},
	{
		title: "a stack file with another image",
		prepare: (stage) => {
			stage.write(stage.world());
			const hex = sha256("another backend");
			editStackFile(stage, { images: imagesWith({ backend: hex }) });
			return undefined;
		},
		names: /performance-benchmarks-met.*image:backend: expected/,
	},
	{
		title: "a stack file with an image by tag",
		prepare: (stage) => {
			stage.write(stage.world());
			editStackFile(stage, { images: imagesWith({ backend: undefined }) });
			return undefined;
		},
		names: /image backend: expected a digest \(sha256\), got none/,
	},
	{
		title: "a stack file changed after the sign-offs",
		prepare: (stage) => {
			stage.write(stage.world());
			editStackFile(stage, { logs: { retentionDays: 1 } });
			return undefined;
		},
		names:
			/sign-off of CTO: WRONG_SUBJECT: void: evidence, stack file, checklist/,
	},
	{
		title: "edited evidence",
		prepare: (stage) =>
			replaceRecords(stage, (record, text) => {
				if (!text.includes('"kind":"performance"')) return record;
				const envelope = JSON.parse(record.text ?? "");
				envelope.payload = Buffer.from(
					text.replace('"checksPassed":1', '"checksPassed":9'),
				).toString("base64");
				return { ...record, text: JSON.stringify(envelope) };
			}),
		names:
			/performance-benchmarks-met.*BAD_SIGNATURE.*changed after it was signed/,
	},
	{
		title: "an edited report behind honest evidence",
		prepare: (stage) => {
			stage.write(stage.world());
			const honest = sha256(reportText("tests"));
			writeFileSync(
				join(stage.evidence, "reports", honest, "tests.json"),
				"nicer report",
			);
			return undefined;
		},
		names:
			/all-critical-tests-passing.*FAIL.*report tests\.json: expected sha256/,
	},
	{
		title: "evidence of another commit",
		prepare: (stage) => {
			stage.write(stage.world());
			writeFileSync(join(stage.program, "later.ts"), "export {};\n");
			commit(stage.program);
			return undefined;
		},
		names: /all-critical-tests-passing.*WRONG_SUBJECT: tree: expected/,
	},
	{
		title: "a change that is not committed",
		prepare: (stage) => {
			stage.write(stage.world());
			writeFileSync(join(stage.program, "later.ts"), "export {};\n");
			return undefined;
		},
		names: /expected a checkout without changes, got 1 changed.*later\.ts/,
	},
	{
		title: "evidence of another image",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"performance",
				(world) => {
					const { context } = world;
					const { subject } = context;
					const images = { ...subject.images, backend: sha256("other") };
					return evidenceRecord("performance", "staging", {
						...world,
						context: { ...context, subject: { ...subject, images } },
					});
				},
			]),
		names: /performance-benchmarks-met.*WRONG_SUBJECT: image:backend/,
	},
	{
		title: "evidence of another stack",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"performance",
				(world) => evidenceRecord("performance", "dev", world),
			]),
		names:
			/performance-benchmarks-met.*WRONG_SUBJECT: stack: expected staging, got dev/,
	},
	{
		title: "expired evidence",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"tests",
				(world) =>
					evidenceRecord(
						...(["tests", "staging", world] as const),
						{ expiresAt: "2099-01-01T00:00:00Z" },
						undefined,
						7 * dayMs + 1,
					),
			]),
		names: /all-critical-tests-passing.*STALE: it expired at/,
	},
	{
		title: "evidence replayed from an older release",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"tests",
				(world) =>
					evidenceRecord("tests", "staging", {
						...world,
						context: { ...world.context, release: "1.9.0" },
					}),
			]),
		names:
			/all-critical-tests-passing.*WRONG_SUBJECT: release: expected 2\.0\.0, got 1\.9\.0/,
	},
	{
		title: "evidence signed by an unknown key",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"tests",
				(world) =>
					evidenceRecord(
						...(["tests", "staging", world, {}] as const),
						signer("Pipeline", "pipeline"),
					),
			]),
		names: /all-critical-tests-passing.*BAD_SIGNATURE.*is not trusted/,
	},
	{
		title: "evidence signed by the key of a wrong role",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"tests",
				(world) =>
					evidenceRecord(
						...(["tests", "staging", world, {}] as const),
						personOf("QA Team"),
					),
			]),
		names: /all-critical-tests-passing.*BAD_SIGNATURE.*may not prove tests/,
	},
	{
		title: "self-approval",
		prepare: (stage) =>
			replaceEvidence(stage, [
				"tests",
				(world) => {
					const { keyId } = personOf("Pipeline").key;
					const name = personOf("CTO").holder;
					const producer = { name, keyId, version: "1" };
					return evidenceRecord("tests", "staging", world, { producer });
				},
			]),
		names: /sign-off of CTO: FAIL: self-approval/,
	},
	{
		title: "one key under two roles",
		prepare: (stage) => {
			stage.write(stage.world());
			const { key } = personOf("CTO");
			const twin = { role: "Owner", holder: "somebody", key, kinds: [] };
			const text = trustText([...people.values(), twin]);
			stage.writeTrust(text);
			return { CUTOVER_TRUST_SHA256: sha256(text) };
		},
		names: /expected each key once, got .* as CTO .* and as Owner/,
	},
	{
		title: "the key list swapped together with the evidence",
		prepare: (stage) => {
			stage.write(stage.world());
			stage.writeTrust(otherKeys(deciding.map((role) => signer(role, role))));
			return undefined;
		},
		names: /expected the trusted keys with sha256 \w+, got/,
	},
	{
		title: "a sign-off from before a later change",
		prepare: (stage) => {
			const world = stage.world();
			world.records.push(
				evidenceRecord("tests", "staging", world, {}, undefined, minuteMs),
			);
			stage.write(world);
			return undefined;
		},
		names: /sign-off of CTO: WRONG_SUBJECT: void/,
	},
	{
		title: "sign-offs over a plan that a raw update is not compared with",
		prepare: (stage) => {
			const world = stage.world({}, false);
			world.context = { ...world.context, planHash: sha256("plan") };
			stage.write(signOff(world, { windowStart: stage.windowStart() }));
			return undefined;
		},
		names:
			/sign-off of CTO: WRONG_SUBJECT: plan: it was given over plan .*update with "cutover up"/,
	},
	{
		title:
			"evidence that did not run, with a metric that is no number, and with none",
		prepare: (stage) =>
			replaceEvidence(
				stage,
				...([
					["tests", { outcome: "not run" }],
					["performance", { numbers: { ...passed, checksPassed: "NaN" } }],
					["scan", { numbers: { checksPassed: 1 } }],
				] as const),
			),
		names:
			/tests of staging: NOT_RUN: its outcome is "not run"[\s\S]*scan of staging: FAIL: checksFailed: expected at most 0, got no number[\s\S]*performance of staging: FAIL: checksPassed: expected at least 1, got "NaN"/,
	},
	{
		title: "no evidence of one kind at all",
		prepare: (stage) =>
			replaceEvidence(stage, ["rollback-drill", () => undefined]),
		names: /rollback-procedures-verified.*rollback-drill of staging: NOT_RUN/,
	},
	{
		title: "a clock earlier than the newest signature",
		prepare: (stage) => {
			// Signed in an hour, seen from this clock: the same as a clock put back.
			const nowMs = stage.nowMs + 60 * minuteMs;
			stage.write(stage.world({ nowMs }));
			return undefined;
		},
		names: /clock/,
	},
	...(
		[
			[
				"drops a criterion",
				undefined,
				/rollback-procedures-verified is missing/,
			],
			[
				"demotes a criterion",
				"recommended",
				/rollback-procedures-verified is recommended/,
			],
		] as const
	).map(
		([title, level, names]): Attack => ({
			title: `a golive.yaml that ${title}`,
			prepare: (stage) => {
				const list = parse(stage.checklist);
				list.criteria = list.criteria.flatMap((one: { id: string }) =>
					one.id !== "rollback-procedures-verified"
						? [one]
						: level
							? [{ ...one, level }]
							: [],
				);
				const checklistText = stringify(list);
				stage.writeChecklist(checklistText);
				stage.write(stage.world({ checklistText }));
				return undefined;
			},
			names,
		}),
	),
	{
		title: "an update outside the window",
		prepare: (stage) => {
			const checklistText = checklistWithWindow(stage.nowMs, 3);
			stage.writeChecklist(checklistText);
			stage.write(stage.world({ checklistText }));
			return undefined;
		},
		names: /window: expected day .* UTC, got .*; the next one begins/,
	},
	{
		title: "a window that is approved but was not announced",
		prepare: (stage) => {
			const world = stage.world();
			world.records = world.records.slice(0, -1);
			const [approval] = world.records.slice(-1);
			const start = windowOf(approval);
			world.records.push(noticeOf(world, start, 13));
			stage.write(world);
			return undefined;
		},
		names: /notice: expected all_users, support_team, management to be told/,
	},
	{
		title: "a window that was announced but not approved",
		prepare: (stage) => {
			const world = stage.world({}, false);
			const { evidenceSet } = decideIn(world);
			for (const role of deciding) {
				world.records.push(
					approvalRecord(role, world, evidenceSet, { windowStart: null }),
				);
			}
			stage.write(world);
			return undefined;
		},
		names: /approval: expected Operations Manager to approve the window/,
	},
];

function editStackFile(stage: Stage, changes: Record<string, object | string>) {
	stage.editStackFile((config) => {
		for (const [key, value] of Object.entries(changes)) {
			config[`trusted-login:${key}`] = value;
		}
	});
}

/** Images as a stack file names them; undefined stands for a tag. */
function imagesWith(changes: Record<string, string | undefined>) {
	const all = {
		frontend: sha256("frontend"),
		backend: sha256("backend"),
		cutover: sha256("cutover"),
		...changes,
	};
	return Object.fromEntries(
		Object.entries(all).map(([name, hex]) => [
			name,
			hex === undefined ? "v7" : `sha256:${hex}`,
		]),
	);
}

const payloadOf = ({ text = "" }: StoredRecord): string =>
	Buffer.from(JSON.parse(text).payload, "base64").toString();

/** Changes records of a stage that would be GO, after everybody has signed off. */
function replaceRecords(
	stage: Stage,
	change: (record: StoredRecord, payload: string) => StoredRecord,
): undefined {
	const world = stage.world();
	stage.write({
		records: world.records.map((record) => change(record, payloadOf(record))),
	});
}

const passed = { checksFailed: 0, checksInconclusive: 0, checksNotRun: 0 };

type Changed =
	| Partial<EvidenceBody>
	| ((world: World) => StoredRecord | undefined);

/** Puts other evidence in place of a kind's, and has everybody sign off what then lies there. */
function replaceEvidence(
	stage: Stage,
	...changed: readonly (readonly [KindName, Changed])[]
): undefined {
	const world = stage.world({}, false);
	for (const [kind, change] of changed) {
		const made =
			typeof change === "function"
				? change(world)
				: evidenceRecord(kind, "staging", world, change);
		world.records = [
			...world.records.filter(
				(record) => !payloadOf(record).includes(`"kind":"${kind}"`),
			),
			...(made ? [made] : []),
		];
	}
	stage.write(signOff(world, { windowStart: stage.windowStart() }));
}

function windowOf(record: StoredRecord | undefined): string {
	const { predicate } = JSON.parse(record ? payloadOf(record) : "{}");
	return predicate?.windowStart ?? isoOf(0);
}
