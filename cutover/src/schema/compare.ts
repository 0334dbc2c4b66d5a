import {
	type CatalogObject,
	type Kind,
	keyOf,
	kinds,
	parentsOf,
} from "./catalog.ts";
import type { DescribedObject } from "./description.ts";
import { remedyOf } from "./remedy.ts";

/** One difference between what the migrations make and what is there. */
export interface Difference {
	/** `deferred`: a load has taken it away and makes it again. */
	readonly problem: "missing" | "different" | "unexpected" | "deferred";
	readonly kind: Kind;
	/** For example `column public.profiles.username`. */
	readonly object: string;
	/** Which property is different. */
	readonly property?: string;
	readonly expected?: string;
	readonly actual?: string;
	/** What to do about it, mostly a statement. */
	readonly remedy: string;
}

/** What is compared, and what is known about why it may differ. */
export interface Comparison {
	readonly expected: readonly DescribedObject[];
	readonly live: readonly CatalogObject[];
	/** Migrations that are not applied yet. */
	readonly pending: readonly string[];
	/** Statements by which a load makes its indexes and constraints again. */
	readonly deferred: readonly string[];
	/** Schemas that somebody else looks after: more than expected is their matter. */
	readonly foreignSchemas: readonly string[];
	/** The same for grants: whoever looks after the schemas grants more than we ask for. */
	readonly mayGrantMore: boolean;
}

/** Kinds whose names do not matter as long as one of equal definition is there. */
const byDefinition: readonly Kind[] = ["index", "constraint", "sequence"];

/**
 * Names every difference, in the order of `kinds`. What is gone, or new, together with what it is part of is named only
 * once, by the whole.
 */
export function compareCatalogs(comparison: Comparison): readonly Difference[] {
	const expected = new Map(comparison.expected.map((one) => [keyOf(one), one]));
	const live = new Map(comparison.live.map((one) => [keyOf(one), one]));
	const missing = [...expected.values()].filter((one) => !live.has(keyOf(one)));
	const extra = [...live.values()].filter((one) => !expected.has(keyOf(one)));
	const renamed = pairRenamed(missing, extra);
	const found = [
		...missing
			.filter((one) => !renamed.has(one))
			.filter((one) => !parentsOf(one).some(isMissingFrom(expected, live)))
			.filter((one) => !isOfIdentity(one, expected, live))
			.map((one) => missingOne(one, comparison)),
		...[...expected.values()].flatMap((one) => {
			const other = live.get(keyOf(one));
			return other === undefined ? [] : compareOne(one, other, comparison);
		}),
		...extra
			.filter((one) => !renamed.has(one))
			.filter((one) => !parentsOf(one).some(isMissingFrom(live, expected)))
			.filter((one) => !isOfIdentity(one, live, expected))
			.filter((one) => !isForeign(one, comparison))
			.map(unexpectedOne),
	];
	return found.sort(
		(one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind),
	);
}

type ByKey = ReadonlyMap<string, CatalogObject>;

const isMissingFrom = (one: ByKey, other: ByKey) => (key: string) =>
	one.has(key) && !other.has(key);

/** Whether a sequence came, or went, with the identity of its column, which is named as a difference itself. */
function isOfIdentity(one: CatalogObject, there: ByKey, other: ByKey): boolean {
	return (
		one.kind === "sequence" &&
		there.get(one.of)?.is.identity !== undefined &&
		other.get(one.of)?.is.identity === undefined
	);
}

/** Those of both lists that are the same thing under another name. */
function pairRenamed(
	missing: readonly CatalogObject[],
	extra: readonly CatalogObject[],
): ReadonlySet<CatalogObject> {
	const paired = new Set<CatalogObject>();
	for (const one of missing) {
		if (!byDefinition.includes(one.kind)) continue;
		const other = extra.find(
			(candidate) =>
				!paired.has(candidate) &&
				candidate.kind === one.kind &&
				candidate.of === one.of &&
				differingProperties(one, candidate).length === 0,
		);
		if (other === undefined) continue;
		paired.add(one).add(other);
	}
	return paired;
}

function missingOne(one: DescribedObject, comparison: Comparison): Difference {
	const what = { kind: one.kind, object: keyOf(one) };
	if (isDeferred(one, comparison.deferred)) {
		return {
			problem: "deferred",
			...what,
			remedy: "the load makes it again at its end; next: cutover convert",
		};
	}
	return {
		problem: "missing",
		...what,
		...("definition" in one.is && { expected: one.is.definition }),
		remedy: comparison.pending.includes(one.madeBy)
			? "cutover schema apply"
			: remedyOf.missing(one),
	};
}

function compareOne(
	one: DescribedObject,
	other: CatalogObject,
	comparison: Comparison,
): readonly Difference[] {
	if (one.kind === "grant" && comparison.mayGrantMore) {
		const granted = privileges(other);
		if (privileges(one).every((privilege) => granted.includes(privilege))) {
			return [];
		}
	}
	return differingProperties(one, other).map((property) => {
		const expected = one.is[property] ?? usual(property);
		const actual = other.is[property] ?? usual(property);
		return {
			problem: "different",
			kind: one.kind,
			object: keyOf(one),
			property,
			expected,
			actual,
			remedy: remedyOf.different(one, { property, actual }),
		};
	});
}

const privileges = (grant: CatalogObject): readonly string[] =>
	(grant.is.privileges ?? "").split(", ");

function differingProperties(
	one: CatalogObject,
	other: CatalogObject,
): readonly string[] {
	const names = new Set([...Object.keys(one.is), ...Object.keys(other.is)]);
	return [...names].filter((name) => one.is[name] !== other.is[name]);
}

/** What a property is when the catalogs do not mention it. */
function usual(property: string): string {
	if (["valid", "validated", "enforced", "enabled"].includes(property)) {
		return "yes";
	}
	if (property === "row-level security") return "off";
	if (property === "row-level security of the owner") return "not forced";
	if (property === "storage") return "logged";
	if (property === "collation" || property === "statistics") return "default";
	if (property === "default" || property === "using" || property === "check") {
		return "none";
	}
	return "no";
}

function unexpectedOne(one: CatalogObject): Difference {
	return {
		problem: "unexpected",
		kind: one.kind,
		object: keyOf(one),
		...actualOf(one),
		remedy: remedyOf.unexpected(one),
	};
}

/** What is worth knowing about something that nobody expects. */
function actualOf({ kind, is }: CatalogObject): { readonly actual?: string } {
	const actual =
		is.definition ?? is.privileges ?? (kind === "table" ? is.type : undefined);
	return actual === undefined || actual === "table" ? {} : { actual };
}

function isForeign(one: CatalogObject, comparison: Comparison): boolean {
	if (one.kind === "grant" && comparison.mayGrantMore) return true;
	return comparison.foreignSchemas.some((schema) =>
		[one.name, one.on].some((name) => name.startsWith(`${schema}.`)),
	);
}

/** Whether one of the statements makes this index or constraint; they may leave out the schema `public`. */
function isDeferred(
	one: CatalogObject,
	statements: readonly string[],
): boolean {
	const tables = [one.on, one.on.replace(/^public\./, "")];
	if (one.kind === "index") {
		const name = one.name.slice(one.name.indexOf(".") + 1);
		return statements.some((statement) =>
			tables.some((table) => statement.includes(`INDEX ${name} ON ${table} `)),
		);
	}
	return (
		one.kind === "constraint" &&
		statements.some((statement) =>
			tables.some((table) =>
				statement.startsWith(
					`ALTER TABLE ${table} ADD CONSTRAINT ${one.name} `,
				),
			),
		)
	);
}

/** One difference as one line for a person. */
export function differenceText(difference: Difference): string {
	const { problem, object, property, expected, actual, remedy } = difference;
	const what = property === undefined ? object : `${object}, ${property}`;
	const values = [
		...(expected === undefined ? [] : [`expected ${short(expected)}`]),
		...(actual === undefined ? [] : [`got ${short(actual)}`]),
	].join(", ");
	const word =
		problem === "deferred" ? "deferred by the running load" : problem;
	return `${word}: ${what}${values === "" ? "" : `: ${values}`}; do: ${remedy}`;
}

const short = (text: string): string =>
	text.length > 240 ? `${text.slice(0, 240)}...` : text;
