import { z } from "zod";
import { type Session, sqlState, withSession } from "../adapters/postgres.ts";
import { databaseUrl } from "../databaseUrl.ts";
import { RefusedError, reasonOf } from "../errors.ts";
import { type Check, combineOutcomes, type Result } from "../outcome.ts";
import { reportAddress } from "../reports/address.ts";
import { withReport } from "../reports/keep.ts";
import { writeReport } from "../reports/report.ts";
import {
	applicationRoles,
	type Catalog,
	type Kind,
	kinds,
	readCatalog,
} from "./catalog.ts";
import {
	type Comparison,
	compareCatalogs,
	type Difference,
	differenceText,
} from "./compare.ts";
import {
	type DescribedObject,
	describeCommand,
	description,
	hashMigrations,
} from "./description.ts";
import { type MigrationState, readMigrations } from "./knownMigrations.ts";
import { comparableOfSupabase, neededOfSupabase } from "./supabase.ts";

/** Options of `schema diff`. */
export const schemaDiffSettings = z.object({
	target: databaseUrl,
	/** Login role of the application: that it may sign in and act as the other roles is looked at too. Default: none. */
	appRole: z.string().optional(),
	reportDir: reportAddress,
});

/** How the checks are called, by the kind of what they look at. */
const names: Readonly<Record<Kind, string>> = {
	schema: "schemas",
	role: "roles",
	membership: "role memberships",
	table: "tables and row-level security",
	column: "columns",
	sequence: "sequences",
	index: "indexes",
	constraint: "constraints",
	policy: "policies",
	trigger: "triggers",
	function: "functions",
	grant: "grants",
};

/**
 * Names every difference between what the migrations make and what the target has. Reads the catalogs only.
 *
 * @throws Error when the description in this program is not of its migrations.
 */
export async function schemaDiff(
	settings: z.infer<typeof schemaDiffSettings>,
): Promise<Result> {
	const startedAt = performance.now();
	await requireFresh();
	const found = await withSession(
		settings.target,
		{
			what: "target",
			readOnly: true,
			applicationName: "cutover schema diff",
		},
		(session) => look(session, settings.appRole),
	);
	const differences = compareCatalogs(
		comparisonOf(found.catalog, {
			pending: found.migrations.missing,
			deferred: found.deferred,
			appRole: settings.appRole,
		}),
	);
	const seconds = (performance.now() - startedAt) / 1000;
	const checks = [
		migrationsCheck(found.migrations, seconds),
		...kinds.map((kind) => kindCheck(kind, differences, found.catalog)),
	].filter((check) => check !== undefined);
	const outcome = combineOutcomes(checks);
	const report = await writeReport(settings.reportDir, "schema-diff", {
		title: `Schema of the target against ${Object.keys(description.migrations).at(-1)}`,
		result: { outcome, checks },
	});
	return withReport(
		{
			outcome,
			checks,
			next: nextOf(differences, found, report.text),
			facts: { differences, serverVersion: found.catalog.serverVersion },
		},
		report,
	);
}

interface Found {
	readonly migrations: MigrationState;
	readonly catalog: Catalog;
	/** Statements by which a load makes again what it has taken away for its time. */
	readonly deferred: readonly string[];
}

async function look(
	session: Session,
	appRole: string | undefined,
): Promise<Found> {
	// A schema job that is at work holds its tables: better no answer than a long wait.
	await session.query("SET lock_timeout = '10s'");
	try {
		return {
			migrations: await readMigrations(session),
			catalog: await readCatalog(session, appRole),
			deferred: await readDeferred(session),
		};
	} catch (error) {
		if (sqlState(error) !== "42501") throw error;
		throw new RefusedError(
			`the login "${session.user}" may not look at the target's schema: ${reasonOf(error)}; use the login that owns it`,
			{ cause: error },
		);
	}
}

/** What is compared with what, from what was read. */
export function comparisonOf(
	catalog: Catalog,
	request: {
		readonly pending: readonly string[];
		readonly deferred: readonly string[];
		readonly appRole: string | undefined;
	},
): Comparison {
	const { isSupabase } = catalog;
	const expected = [
		...description.objects,
		...appRoleObjects(catalog, request.appRole),
	];
	return {
		expected: isSupabase ? neededOfSupabase(expected) : expected,
		live: isSupabase ? comparableOfSupabase(catalog.objects) : catalog.objects,
		pending: request.pending,
		deferred: request.deferred,
		foreignSchemas: isSupabase ? ["auth"] : [],
		mayGrantMore: isSupabase,
	};
}

/** What the application's login role has to be; named as the catalogs quote it. */
function appRoleObjects(
	catalog: Catalog,
	appRole: string | undefined,
): readonly DescribedObject[] {
	if (appRole === undefined) return [];
	const name =
		catalog.objects.find(
			(one) =>
				one.kind === "role" &&
				!applicationRoles.some((role) => role === one.name),
		)?.name ?? appRole;
	const madeBy = "--app-role";
	return [
		{
			kind: "role",
			name,
			on: "",
			of: "",
			is: { "sign-in": "allowed" },
			madeBy,
		},
		...applicationRoles.map(
			(role): DescribedObject => ({
				kind: "membership",
				name,
				on: role,
				of: `role ${role}`,
				is: {},
				madeBy,
			}),
		),
	];
}

/** A description of other files would find differences that are none. */
async function requireFresh(): Promise<void> {
	const hashes = await hashMigrations();
	if (JSON.stringify(hashes) === JSON.stringify(description.migrations)) return;
	throw new Error(
		`this build describes other migrations than it carries: expected ${Object.keys(hashes).join(", ")} as they are, got a description of ${Object.keys(description.migrations).join(", ")}; run: ${describeCommand}`,
	);
}

async function readDeferred(session: Session): Promise<readonly string[]> {
	const known = await session.query<{ there: boolean }>(
		"SELECT to_regclass('cutover.deferred') IS NOT NULL AS there",
	);
	if (known.rows[0]?.there !== true) return [];
	const { rows } = await session.query<{ statement: string }>(
		"SELECT statement FROM cutover.deferred ORDER BY position",
	);
	return rows.map((row) => row.statement);
}

function migrationsCheck(state: MigrationState, seconds: number): Check {
	const wanted = Object.keys(description.migrations).length;
	const details = [
		...state.missing.map(
			(name) => `missing: ${name}; do: cutover schema apply`,
		),
		...state.unknown.map(
			(name) =>
				`unexpected: ${name}, which a newer program made; do: use that version of cutover`,
		),
	];
	return {
		name: "migrations",
		outcome: details.length === 0 ? "passed" : "failed",
		expected: `${wanted} migrations applied and no others`,
		actual: `${wanted - state.missing.length} of ${wanted} applied${state.unknown.length === 0 ? "" : `, ${state.unknown.length} unknown`}`,
		details,
		seconds,
	};
}

/** One check per kind, with every difference of it; none where there is nothing of the kind to look at. */
function kindCheck(
	kind: Kind,
	all: readonly Difference[],
	catalog: Catalog,
): Check | undefined {
	const differences = all.filter((one) => one.kind === kind);
	const present = catalog.objects.filter((one) => one.kind === kind).length;
	if (present === 0 && differences.length === 0) return undefined;
	const counts = (["missing", "different", "unexpected", "deferred"] as const)
		.map((problem) => ({
			problem,
			count: differences.filter((one) => one.problem === problem).length,
		}))
		.filter(({ count }) => count > 0);
	const isWrong = counts.some(({ problem }) => problem !== "deferred");
	return {
		name: names[kind],
		outcome: isWrong ? "failed" : counts.length > 0 ? "inconclusive" : "passed",
		expected: "as the migrations make them",
		actual:
			counts.length === 0
				? `${present}, no difference`
				: counts.map(({ problem, count }) => `${count} ${problem}`).join(", "),
		details: differences.map(differenceText),
		seconds: 0,
	};
}

function nextOf(
	differences: readonly Difference[],
	{ migrations }: Found,
	report: string,
): string {
	const wrong = differences.filter((one) => one.problem !== "deferred");
	if (migrations.missing.length > 0 && migrations.unknown.length === 0) {
		return `The target's schema is not up to date (${report}); next: cutover schema apply`;
	}
	if (wrong.length > 0 || migrations.unknown.length > 0) {
		return `The target's schema is not what the migrations make: ${wrong.length + migrations.unknown.length} differences (${report}), nothing was changed; next: settle each of them, then cutover schema diff`;
	}
	if (differences.length > 0) {
		return `Nothing is wrong so far, but a load has ${differences.length} indexes and constraints to make again (${report}); next: cutover convert to its end, then cutover schema diff`;
	}
	return `The target's schema is what the migrations make (${report}); next: cutover convert`;
}
