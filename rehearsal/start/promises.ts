import type { Summary } from "./summary.ts";

/** One promise of `npm start`: what was promised and what came. */
export interface Promised {
	readonly name: string;
	readonly expected: string;
	readonly actual: string;
	/** Undefined: nothing moved in this run, so it was not put to the test. */
	readonly kept: boolean | undefined;
	/** What is wrong, in one line; only when it was not kept. */
	readonly problem?: string;
}

/** Longest time that writes may be refused at the cutover, in milliseconds. */
const maxRefusalMs = 2000;

/** Every promise, in the order in which a reader asks. */
export function promisesOf(summary: Summary): readonly Promised[] {
	return [
		...rowPromises(summary),
		...loadPromises(summary),
		writePromise(summary),
		signInPromise(summary),
	];
}

function rowPromises({ rows }: Summary): readonly Promised[] {
	if (rows.length === 0) {
		return [
			promise(
				"rows",
				"source = migrated + quarantined",
				"no row counts",
				false,
				"no row counts were read from the two databases",
			),
		];
	}
	return rows.map((row) => {
		const { table, source, migrated, quarantined } = row;
		const found = `${migrated} migrated + ${quarantined} quarantined`;
		return promise(
			`rows: ${table}`,
			`${source} in the source`,
			found,
			source === migrated + quarantined,
			`${table}: ${source} in the source, but ${found}`,
		);
	});
}

function loadPromises({ load }: Summary): readonly Promised[] {
	const failed = load?.failed ?? 0;
	const refusalMs = load?.refusalWindowMs ?? 0;
	const isTested = load !== undefined;
	return [
		promise(
			"requests under load",
			"none fails",
			isTested
				? `${failed} of ${load.requests} failed, p95 ${load.latencyMs.p95} ms`
				: nothingMoved,
			isTested ? failed === 0 : undefined,
			`${failed} requests failed, the first: ${load?.failures[0]}`,
		),
		promise(
			"writes refused at the cutover",
			`at most ${maxRefusalMs} ms`,
			isTested ? `${refusalMs} ms` : nothingMoved,
			isTested ? refusalMs <= maxRefusalMs : undefined,
			`writes were refused for ${refusalMs} ms at the cutover, expected at most ${maxRefusalMs}`,
		),
	];
}

function writePromise({ ledger }: Summary): Promised {
	const lost = ledger?.lost ?? [];
	return promise(
		"acknowledged writes",
		"none is lost",
		ledger === undefined
			? nothingMoved
			: `${lost.length} of ${ledger.lookedUp} lost`,
		ledger === undefined ? undefined : lost.length === 0,
		`${lost.length} acknowledged writes are lost, the first: ${lost[0]}`,
	);
}

function signInPromise({ signIns: { tried, worked } }: Summary): Promised {
	return promise(
		"sign-ins with old passwords",
		`${tried} legacy users sign in to the new version`,
		`${worked} of ${tried}`,
		worked >= tried,
		`${tried - worked} of ${tried} legacy users cannot sign in to the new version`,
	);
}

const nothingMoved = "nothing moved in this run";

function promise(
	name: string,
	expected: string,
	actual: string,
	kept: boolean | undefined,
	problem: string,
): Promised {
	return {
		name,
		expected,
		actual,
		kept,
		...(kept === false && { problem }),
	};
}
