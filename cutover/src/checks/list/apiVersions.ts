import { isDeepStrictEqual } from "node:util";
import { type Answer, at, jsonOf, said } from "../api.ts";
import { type CheckSpec, failed, NotRunError, without } from "../check.ts";
import type { PhasePlan, Plan } from "../plan.ts";
import { rowsOf } from "../removal.ts";
import { callAs, type World } from "../world.ts";
import { knownEndpoints } from "./endpoints.ts";

type Versions = Exclude<Plan["versions"], false>;

/** What the deprecated version of the API has to say about itself, and that it lists the same as its successor. */
export function versionChecks(
	plan: Plan,
	own: PhasePlan,
): readonly CheckSpec[] {
	const { versions } = plan;
	if (versions === false) return [];
	const header = (
		name: string,
		expected: string,
		judge: (value: string) => string | undefined,
	): CheckSpec => ({
		name: `${versions.old} ${name}`,
		group: "Integration",
		expected,
		run: async (world) =>
			without(
				await faultsOf(world, versions, name, judge),
				"on every answer, with and without a login",
			),
	});
	return [
		header("Deprecation", "@ and Unix seconds (RFC 9745)", deprecationFault),
		header("Sunset", "an HTTP date in the future (RFC 8594)", (value) =>
			sunsetFault(value, new Date()),
		),
		header("Link", `<${versions.link}>; rel="successor-version"`, (value) =>
			linkFault(value, versions.link),
		),
		...versions.same.map((path) => sameContent(path, versions, own)),
	];
}

async function faultsOf(
	world: World,
	versions: Versions,
	name: string,
	judge: (value: string) => string | undefined,
): Promise<readonly string[]> {
	const answers: [string, Answer][] = [];
	for (const path of versions.paths) {
		const full = versions.old + path;
		for (const who of ["user", "nobody"] as const)
			answers.push([full, await callAs(world, who, { path: full })]);
	}
	const faults = answers.flatMap(([path, answer]) => {
		// What a broken server answers is looked at elsewhere.
		if (answer.status >= 500) return [];
		const value = answer.headers[name.toLowerCase()];
		if (value === undefined)
			return [`GET ${path} (${answer.status}) carries no ${name}`];
		const fault = judge(Array.isArray(value) ? value.join(", ") : value);
		return fault === undefined
			? []
			: [`GET ${path} (${answer.status}): ${name} ${fault}`];
	});
	return [...new Set(faults)];
}

/** What is wrong with a Deprecation header, or undefined. */
export function deprecationFault(value: string): string | undefined {
	return /^@-?\d+$/.test(value)
		? undefined
		: `is "${value}", expected @ and Unix seconds`;
}

const httpDate =
	/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** What is wrong with a Sunset header, or undefined. */
export function sunsetFault(value: string, now: Date): string | undefined {
	const at = new Date(value);
	// A date with the wrong weekday is no date: written again it must be the same.
	if (!httpDate.test(value) || at.toUTCString() !== value)
		return `is "${value}", expected an HTTP date`;
	return at > now
		? undefined
		: `is in the past: ${value}; move the date, or end the version`;
}

/** What is wrong with a Link header, or undefined. Other links beside the wanted one are fine. */
export function linkFault(value: string, target: string): string | undefined {
	const found = value
		.split(/,(?=\s*<)/)
		.map((link) => /^\s*<([^>]*)>(.*)$/s.exec(link))
		.find((link) =>
			/;\s*rel\s*=\s*("[^"]*\bsuccessor-version\b[^"]*"|successor-version)/i.test(
				link?.[2] ?? "",
			),
		);
	if (found === undefined || found === null)
		return `has no rel="successor-version": ${value}`;
	return found[1] === target
		? undefined
		: `leads to ${found[1]}, expected ${target}`;
}

function sameContent(
	path: string,
	versions: Versions,
	own: PhasePlan,
): CheckSpec {
	const [old, current] = [versions.old + path, versions.current + path];
	return {
		name: `same content of ${old} and ${current}`,
		group: "Integration",
		expected: "the same rows in both",
		needs: knownEndpoints(own, [old, current]),
		async run(world) {
			// The newer one again at the end: what changed in between is no difference between the versions.
			const before = await listOf(world, current);
			const first = await listOf(world, old);
			const after = await listOf(world, current);
			if (typeof before === "string") return failed(before);
			if (typeof first === "string") return failed(first);
			if (typeof after === "string") return failed(after);
			if (!isDeepStrictEqual(before, after))
				throw new NotRunError(
					"the list changed while it was compared; run this again when nobody works as the test account",
				);
			return without(
				differences(first, before, old, current),
				`the same ${first.length} rows in both`,
			);
		},
	};
}

async function listOf(
	world: World,
	path: string,
): Promise<readonly unknown[] | string> {
	const answer = await callAs(world, "user", { path, bodyBytes: 20_000_000 });
	return answer.status === 200
		? rowsOf(jsonOf(answer))
		: `GET ${path}: ${said(answer)}`;
}

/** What two lists do not have in common; rows belong together by their id. */
export function differences(
	old: readonly unknown[],
	current: readonly unknown[],
	oldName: string,
	currentName: string,
): readonly string[] {
	const byId = (rows: readonly unknown[]) =>
		new Map(rows.map((row, index) => [String(at(row, "id") ?? index), row]));
	const [left, right] = [byId(old), byId(current)];
	const faults: string[] = [];
	for (const [id, row] of left) {
		if (!right.has(id)) faults.push(`${id} is in ${oldName} only`);
		else if (!isDeepStrictEqual(row, right.get(id)))
			faults.push(`${id} is not the same in both`);
	}
	for (const id of right.keys())
		if (!left.has(id)) faults.push(`${id} is in ${currentName} only`);
	if (faults.length === 0 && !isDeepStrictEqual(old, current))
		faults.push("the order is not the same in both");
	return faults;
}
