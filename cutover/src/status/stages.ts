import type { Outcome } from "../outcome.ts";
import type { Phase } from "./facts.ts";
import type { VerbRecord } from "./records.ts";

/** One stage of the migration, in the order of the night. */
interface StageDefinition {
	readonly title: string;
	/** Verbs that belong to it; a verb of a group by the group's name too. */
	readonly verbs: readonly string[];
	/** Said while nothing of it has run. */
	readonly first: string;
}

const definitions: readonly StageDefinition[] = [
	{ title: "Take stock", verbs: ["inventory"], first: "cutover inventory" },
	{
		title: "Before the change",
		verbs: ["check before", "perf baseline"],
		first: "cutover check before",
	},
	{
		title: "Safety net",
		verbs: ["backup", "restore"],
		first: "cutover backup full, then cutover backup drill",
	},
	{
		title: "Prepare the target",
		verbs: ["schema"],
		first: "cutover schema apply",
	},
	{
		title: "Move the data",
		verbs: ["convert", "sync"],
		first: "cutover convert",
	},
	{
		title: "Prove it",
		verbs: ["validate", "check smoke", "perf compare", "uat"],
		first: "cutover validate",
	},
	{
		title: "Decide",
		verbs: ["evidence", "approve", "waive", "decide", "key", "plan"],
		first: "cutover decide",
	},
	{
		title: "Cut over",
		verbs: ["final-sync", "fence", "release", "start", "up"],
		first: "cutover final-sync",
	},
	{
		title: "After it",
		verbs: ["check after", "api usage", "rollback", "sync --reverse"],
		first: "cutover check after",
	},
];

export type StageState = Outcome | "running" | "not begun";

/** A stage as it stands. */
export interface Stage {
	readonly title: string;
	readonly state: StageState;
	readonly first: string;
	readonly verbs: readonly StageVerb[];
}

export interface StageVerb {
	readonly verb: string;
	readonly state: StageState;
	/** Of the last run: when it began, when it ended, how long it took. */
	readonly startedAt: string;
	readonly finishedAt?: string;
	readonly seconds?: number;
	/** Part of a phase of the stack, and known by that alone. */
	readonly within?: string;
}

/** Every stage with the verbs that ran; those that no stage names come last. */
export function buildStages(
	records: readonly VerbRecord[],
	phases: readonly Phase[],
	isAlive: (one: VerbRecord["running"][number]) => boolean,
): readonly Stage[] {
	const placed = new Map<string, VerbRecord[]>();
	for (const record of records) {
		const title = stageOf(record.verb)?.title ?? "Others";
		placed.set(title, [...(placed.get(title) ?? []), record]);
	}
	const others = { title: "Others", verbs: [], first: "" };
	return [...definitions, ...(placed.has("Others") ? [others] : [])].map(
		({ title, first }) => {
			const own = (placed.get(title) ?? []).map((record) =>
				stageVerb(record, isAlive),
			);
			const verbs = [...own, ...withinPhases(title, own, phases)].sort((a, b) =>
				a.startedAt.localeCompare(b.startedAt),
			);
			return { title, first, verbs, state: worst(verbs) };
		},
	);
}

function withinPhases(
	title: string,
	own: readonly StageVerb[],
	phases: readonly Phase[],
): readonly StageVerb[] {
	return phases.flatMap(({ does, startedAt, finishedAt, outcome, ...rest }) =>
		does
			.filter((verb) => stageOf(verb)?.title === title)
			.filter((verb) => !own.some((one) => one.verb === verb))
			.map((verb) => ({
				verb,
				state: outcome,
				startedAt,
				finishedAt,
				within: rest.title,
			})),
	);
}

function stageOf(verb: string): StageDefinition | undefined {
	return (
		definitions.find(({ verbs }) => verbs.includes(verb)) ??
		definitions.find(({ verbs }) => verbs.includes(verb.split(" ")[0] ?? ""))
	);
}

function stageVerb(
	{ verb, last, running }: VerbRecord,
	isAlive: (one: VerbRecord["running"][number]) => boolean,
): StageVerb {
	const begun = running.at(-1);
	const isNewer =
		begun !== undefined &&
		(last === undefined || begun.startedAt > last.startedAt);
	if (isNewer) {
		const state = isAlive(begun) ? "running" : "failed";
		return { verb, state, startedAt: begun.startedAt };
	}
	return {
		verb,
		state: last?.outcome ?? "not begun",
		startedAt: last?.startedAt ?? "",
		...(last && {
			finishedAt: last.finishedAt,
			seconds: secondsBetween(last.startedAt, last.finishedAt),
		}),
	};
}

function worst(verbs: readonly StageVerb[]): StageState {
	const order: readonly StageState[] = [
		"running",
		"failed",
		"inconclusive",
		"not run",
		"passed",
	];
	return (
		order.find((state) => verbs.some((one) => one.state === state)) ??
		"not begun"
	);
}

/** Seconds between two ISO times. */
export function secondsBetween(from: string, to: string): number {
	return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}
