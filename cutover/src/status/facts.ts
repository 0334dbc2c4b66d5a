import { z } from "zod";
import type { RecordedRun, VerbRecord } from "./records.ts";

/** Rows of one table: what the source has is on the target or in quarantine. */
const countRow = z.object({
	table: z.string(),
	source: z.number(),
	migrated: z.number(),
	quarantined: z.number(),
	bornOnTarget: z.number().default(0),
});
export type CountRow = z.infer<typeof countRow>;

export interface Counts {
	readonly rows: readonly CountRow[];
	readonly verb: string;
	readonly at: string;
}

/** The newest counts of both sides, as `validate`, `final-sync` or `npm start` read them. */
export function readCounts(records: readonly VerbRecord[]): Counts | undefined {
	return newest(
		records,
		({ facts }) => {
			const rows = z.array(countRow).min(1).safeParse(facts.counts);
			return rows.success ? rows.data : undefined;
		},
		(verb, at, rows) => ({ verb, at, rows }),
	);
}

const criterion = z.looseObject({
	name: z.string().optional(),
	title: z.string().optional(),
	id: z.string().optional(),
	text: z.string().optional(),
	state: z.string().optional(),
	status: z.string().optional(),
	outcome: z.string().optional(),
	mandatory: z.boolean().optional(),
	kind: z.string().optional(),
	level: z.string().optional(),
	met: z.boolean().optional(),
	reason: z.string().optional(),
	actual: z.string().optional(),
	detail: z.string().optional(),
	findings: z
		.array(z.looseObject({ status: z.string(), reason: z.string() }))
		.default([]),
});

export interface Decision {
	readonly decision: string;
	readonly at: string;
	/** What it was about: gate and release. */
	readonly about: string;
	/** Why it is NO-GO, one line each. */
	readonly blockers: readonly string[];
	/** Mandatory things that were let through in an emergency. */
	readonly emergencies: readonly string[];
	readonly criteria: readonly Criterion[];
}

export interface Criterion {
	readonly name: string;
	readonly state: string;
	readonly isMet: boolean;
	readonly isMandatory: boolean | undefined;
	readonly detail: string | undefined;
}

/** The newest go-live decision, as `decide` recorded it. */
export function readDecision(
	records: readonly VerbRecord[],
): Decision | undefined {
	return newest(
		records,
		({ facts }) => {
			const { decision } = facts;
			if (typeof decision !== "string") return undefined;
			const listed: readonly unknown[] = Array.isArray(facts.criteria)
				? facts.criteria
				: [];
			return {
				decision,
				about: ["gate", "release"]
					.filter((name) => typeof facts[name] === "string")
					.map((name) => `${name} ${facts[name]}`)
					.join(", "),
				blockers: lines(facts.blockers),
				emergencies: lines(facts.emergencies),
				criteria: listed.flatMap(readCriterion),
			};
		},
		(_verb, at, found) => ({ ...found, at }),
	);
}

function lines(value: unknown): readonly string[] {
	const listed: readonly unknown[] = Array.isArray(value) ? value : [];
	return listed.filter((line) => typeof line === "string").slice(0, 40);
}

function readCriterion(given: unknown): Criterion[] {
	const parsed = criterion.safeParse(given);
	if (!parsed.success) return [];
	const one = parsed.data;
	const name = one.name ?? one.title ?? one.text ?? one.id;
	if (name === undefined) return [];
	const state =
		one.state ??
		one.status ??
		one.outcome ??
		(one.met === undefined ? "unknown" : one.met ? "met" : "not met");
	const kind = one.kind ?? one.level;
	return [
		{
			name,
			state,
			isMet: one.met ?? /^(pass(ed)?|met|completed|ok|waived)\b/i.test(state),
			isMandatory:
				one.mandatory ??
				(kind === undefined ? undefined : kind === "mandatory"),
			detail:
				one.reason ??
				one.detail ??
				one.actual ??
				one.findings.find(({ status }) => status !== "PASS")?.reason,
		},
	];
}

const phase = z.object({
	name: z.string(),
	title: z.string(),
	outcome: z.enum(["passed", "failed"]),
	startedAt: z.iso.datetime(),
	finishedAt: z.iso.datetime(),
	/** Verbs that ran inside it and may have recorded nothing themselves. */
	does: z.array(z.string()).default([]),
});
/** A phase of the stack, as whoever updated it wrote it down. */
export type Phase = z.infer<typeof phase>;

/** The phases of the newest run that names any. */
export function readPhases(records: readonly VerbRecord[]): readonly Phase[] {
	return (
		newest(
			records,
			({ facts }) => {
				const found = z.array(phase).min(1).safeParse(facts.phases);
				return found.success ? found.data : undefined;
			},
			(_verb, _at, phases) => phases,
		) ?? []
	);
}

/** Since when the target is the live one; undefined while it is not. */
export function readLiveSince(
	records: readonly VerbRecord[],
): string | undefined {
	return newest(
		records,
		(run, verb) => {
			if (typeof run.facts.liveSince === "string") return run.facts.liveSince;
			return verb === "final-sync" && run.outcome === "passed"
				? run.finishedAt
				: undefined;
		},
		(_verb, _at, since) => since,
	);
}

/** The newest run that the look finds something in. */
function newest<T, R>(
	records: readonly VerbRecord[],
	look: (run: RecordedRun, verb: string) => T | undefined,
	build: (verb: string, at: string, found: T) => R,
): R | undefined {
	const runs = records
		.flatMap(({ verb, last }) => (last ? [{ verb, last }] : []))
		.sort((a, b) => b.last.finishedAt.localeCompare(a.last.finishedAt));
	for (const { verb, last } of runs) {
		const found = look(last, verb);
		if (found !== undefined) return build(verb, last.finishedAt, found);
	}
	return undefined;
}
