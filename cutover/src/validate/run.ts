import {
	connect,
	cut,
	endQuietly,
	type Session,
	withSession,
} from "../adapters/postgres.ts";
import { silentTalk, type Talk } from "../console.ts";
import { requireMigrated } from "../convert/preflight.ts";
import { type Conversion, readRecorded } from "../convert/state.ts";
import { RefusedError } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { type KeptReport, keepFiles, withReport } from "../reports/keep.ts";
import { reportFiles } from "../reports/report.ts";
import { loadCanaries, signIn } from "./canaries.ts";
import { type Finding, runCheck } from "./check.ts";
import { type CountedRows, fileBytes, rowCount, userCount } from "./counts.ts";
import { indexes, noOrphans, uniqueEmails } from "./integrity.ts";
import { type RowsRequest, rowChecks } from "./rowChecks.ts";
import { rowSecurity } from "./rowSecurity.ts";
import type { ValidateSettings } from "./settings.ts";

/** Compares source and target, proves row-level security and sign-in, and writes a report. Changes no data. */
export async function validate(
	settings: ValidateSettings,
	talk: Talk = silentTalk,
	signal: AbortSignal = new AbortController().signal,
): Promise<Result> {
	return await withSession(
		settings.source,
		{ what: "source", readOnly: true, applicationName: "cutover validate" },
		async (source) =>
			await withSession(
				settings.target,
				{ what: "target", applicationName: "cutover validate" },
				async (target) => {
					const cutBoth = () => {
						cut(source);
						cut(target);
					};
					signal.addEventListener("abort", cutBoth);
					try {
						const validated = await validateBetween(
							source,
							target,
							settings,
							"everything",
							signal,
							{ talk },
						);
						const report = await validated.keepReport();
						return withReport(
							resultOf(validated, report, settings.rows),
							report,
						);
					} catch (error) {
						signal.throwIfAborted();
						throw error;
					} finally {
						signal.removeEventListener("abort", cutBoth);
					}
				},
			),
	);
}

function resultOf(
	{ outcome, checks, counts }: Validated,
	{ text }: KeptReport,
	rowsPercent: number,
): Result {
	return {
		outcome,
		checks,
		facts: { rowsPercent, ...(counts.length > 0 && { counts }) },
		next:
			outcome === "passed"
				? `Source and target agree (${text}); next: cutover final-sync`
				: `Source and target do not agree (${text}), the source is untouched; next: cutover convert, then cutover validate`,
	};
}

/**
 * What a validation looks at: `standing` is what rows that come and go cannot change (indexes, policies, sign-in, and
 * what the target's own constraints guard: uniqueness, orphans; every row that has been carried over), `moving` is what
 * they do (counts, files; the rows that a request names).
 */
export type Scope = "everything" | "standing" | "moving";

/** What was found; the report is kept when the caller has time for it. */
export interface Validated extends Pick<Result, "outcome" | "checks"> {
	/** Rows of the source, migrated and in quarantine, per kind; none where nothing was counted. */
	readonly counts: readonly CountedRows[];
	/** Of this alone, or of a whole that it is the last part of. */
	keepReport(whole?: Pick<Result, "outcome" | "checks">): Promise<KeptReport>;
}

/** The same with sessions that are open already. */
export async function validateBetween(
	source: Session,
	target: Session,
	settings: ValidateSettings,
	scope: Scope = "everything",
	signal: AbortSignal = new AbortController().signal,
	rows: RowsRequest = {},
): Promise<Validated> {
	await requireMigrated(target);
	const conversion = await requireLoaded(target);
	const counts: CountedRows[] = [];
	const onCounted = (rows: CountedRows) => counts.push(rows);
	const owned = conversion.rules.mapping.tables.map(
		({ label, source: table }): Look => [
			label,
			() => rowCount(source, target, table, conversion, onCounted),
		],
	);
	// A second session, so that two cores have something to do.
	const second = await connect(settings.target, {
		what: "target",
		applicationName: "cutover validate",
	});
	const cutSecond = () => cut(second);
	signal.addEventListener("abort", cutSecond);
	try {
		const moving = scope !== "standing";
		const standing = scope !== "moving";
		const lookAtBoth = async () => {
			const [users, ...counts] = await inOrder(
				only(moving, [
					[
						"user count",
						() => userCount(source, target, conversion, onCounted),
					],
					...owned,
					["file bytes", () => fileBytes(target)],
				]),
			);
			const isCompared = standing || rows.only !== undefined;
			const allowGone = scope === "standing";
			const compared = isCompared
				? await rowChecks(source, target, settings, {
						...rows,
						signal,
						allowGone,
					})
				: { checks: [], files: [] };
			// Last: who signs in leaves traces in the rows.
			const signedIn = await inOrder(
				only(standing, [
					["canary sign-ins", () => canarySignIns(target, settings)],
				]),
			);
			const rest = [...counts, ...compared.checks, ...signedIn];
			return { users, rest, files: compared.files };
		};
		const [{ users, rest, files }, others] = await Promise.all([
			lookAtBoth(),
			inOrder([
				...only(standing, [
					["e-mail uniqueness", () => uniqueEmails(second)],
					["orphans", () => noOrphans(second)],
					["indexes", () => indexes(second)],
					["row-level security", () => rowSecurity(second)],
				]),
			]),
		]);
		const checks = [...(users ? [users] : []), ...others, ...rest];
		const outcome = combineOutcomes(checks);
		return {
			outcome,
			checks,
			counts,
			keepReport: (whole = { outcome, checks }) =>
				keepFiles(settings.reportDir, [
					...reportFiles("validate", {
						title: "Validation of the migration",
						result: whole,
					}),
					...files,
				]),
		};
	} finally {
		signal.removeEventListener("abort", cutSecond);
		await endQuietly(second);
	}
}

type Look = readonly [string, () => Promise<Finding>];

const only = (wanted: boolean, looks: readonly Look[]): readonly Look[] =>
	wanted ? looks : [];

async function inOrder(looks: readonly Look[]): Promise<readonly Check[]> {
	const checks: Check[] = [];
	for (const [name, look] of looks) checks.push(await runCheck(name, look));
	return checks;
}

async function requireLoaded(target: Session): Promise<Conversion> {
	const conversion = await readRecorded(target);
	if (conversion?.isLoaded === true) return conversion;
	throw new RefusedError("the target is not loaded yet; run: cutover convert");
}

async function canarySignIns(
	target: Session,
	settings: ValidateSettings,
): Promise<Finding> {
	const canaries = await loadCanaries(settings);
	const through =
		settings.baseUrl === undefined
			? "against the stored hash"
			: `through ${settings.baseUrl}`;
	if (canaries.length === 0) {
		return {
			outcome: "not run",
			expected: "accounts with known passwords sign in",
			actual: "no canary accounts configured (CUTOVER_CANARIES)",
			required: false,
		};
	}
	const refused: string[] = [];
	for (const canary of canaries) {
		const problem = await signIn(canary, target, settings);
		if (problem !== undefined) refused.push(problem);
	}
	return {
		outcome: refused.length === 0 ? "passed" : "failed",
		expected: `${canaries.length} canary accounts sign in ${through}`,
		actual: `${canaries.length - refused.length} signed in`,
		details: refused,
	};
}
