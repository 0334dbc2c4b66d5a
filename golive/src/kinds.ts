/** What a number has to lie within, both ends included. */
export interface Limit {
	readonly min?: number | undefined;
	readonly max?: number | undefined;
}

/** What one kind of evidence has to show. */
export interface Kind {
	/** What produces it. */
	readonly producedBy: string;
	/** Numbers that must be there, and what they must lie within. golive.yaml can only add to them. */
	readonly limits: Readonly<Record<string, Limit>>;
	/** Whether it speaks about running images, so that their digests must be among its subjects. */
	readonly namesImages: boolean;
	/** How long it stays good unless golive.yaml says less, in days. */
	readonly days: number;
}

/** Every verb counts its required checks; a check that did not run has proven nothing. */
const checksPassed: Readonly<Record<string, Limit>> = {
	checksPassed: { min: 1 },
	checksFailed: { max: 0 },
	checksInconclusive: { max: 0 },
	checksNotRun: { max: 0 },
};

/** Every kind of evidence there is, also those whose verbs are still to come: until then they are NOT_RUN. */
export const kinds = {
	tests: {
		producedBy: "cutover evidence record tests, after npm test",
		limits: { testsPassed: { min: 1 }, testsFailed: { max: 0 } },
		namesImages: false,
		days: 7,
	},
	conversion: {
		producedBy: "cutover convert",
		// A shard that is done has not converted everything.
		limits: { ...checksPassed, "pass.rangesLeft": { max: 0 } },
		namesImages: false,
		days: 7,
	},
	validation: {
		producedBy: "cutover validate",
		// A sample of the rows says nothing about the others.
		limits: { ...checksPassed, rowsPercent: { min: 100 } },
		namesImages: false,
		days: 3,
	},
	"backup-drill": {
		producedBy: "cutover backup drill",
		limits: checksPassed,
		namesImages: false,
		days: 7,
	},
	smoke: {
		producedBy: "cutover check smoke",
		limits: checksPassed,
		namesImages: false,
		days: 7,
	},
	"check-before": {
		producedBy: "cutover check before",
		limits: checksPassed,
		namesImages: false,
		days: 7,
	},
	"check-after": {
		producedBy: "cutover check after",
		limits: checksPassed,
		namesImages: true,
		days: 7,
	},
	baseline: {
		producedBy: "cutover perf baseline",
		limits: checksPassed,
		namesImages: false,
		days: 30,
	},
	performance: {
		producedBy: "cutover perf compare",
		limits: checksPassed,
		namesImages: true,
		days: 7,
	},
	acceptance: {
		producedBy: "cutover uat",
		limits: checksPassed,
		namesImages: true,
		days: 7,
	},
	scan: {
		producedBy: "a dependency and image scan",
		limits: checksPassed,
		namesImages: true,
		days: 7,
	},
	rehearsal: {
		producedBy: "a rehearsal of the whole go-live",
		limits: checksPassed,
		namesImages: true,
		days: 30,
	},
	"rollback-drill": {
		producedBy: "a rehearsed and timed rollback",
		limits: checksPassed,
		namesImages: true,
		days: 30,
	},
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly KindName[];

/** The rules of a kind. */
export const kindOf = (name: KindName): Kind => kinds[name];

/** Why numbers do not hold, one line each; empty when all of them are there and within their limits. */
export function brokenLimits(
	numbers: Readonly<Record<string, unknown>>,
	limits: Readonly<Record<string, Limit>>,
): readonly string[] {
	return Object.entries(limits).flatMap(([name, { min, max }]) => {
		const found = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
		const wanted = [
			...(min === undefined ? [] : [`at least ${min}`]),
			...(max === undefined ? [] : [`at most ${max}`]),
		].join(" and ");
		// Written so that NaN, a text or nothing at all cannot pass.
		const holds =
			typeof found === "number" &&
			Number.isFinite(found) &&
			(min === undefined || found >= min) &&
			(max === undefined || found <= max);
		return holds
			? []
			: [
					`${name}: expected ${wanted}, got ${found === undefined ? "no number" : JSON.stringify(found)}`,
				];
	});
}
