import { contentOf } from "../../test/integration/cutoverFixture.ts";
import type { Stage, Target } from "./stage.ts";

/** In which rows a target is not what it should be. */
export interface Difference {
	/** Rows that the reference has and the target does not. */
	readonly lost: number;
	/** Rows that the target has and the reference does not, or has once only. */
	readonly extra: number;
	/** The first few of them. */
	readonly examples: readonly string[];
}

export type Content = Readonly<Record<string, string>>;

/** Everything that the migration put on the target, comparable between runs that began at different times. */
export async function comparable(target: Target): Promise<Content> {
	const content = await contentOf(target.server, {
		targetName: target.name,
	});
	return withoutStarts(content, [await startOf(target)]);
}

async function startOf(target: Target): Promise<string> {
	const [row] = await target.server.query<{ at: string }>(
		target.name,
		"SELECT to_jsonb(started_at) #>> '{}' AS at FROM cutover.conversion",
	);
	return row?.at ?? "never";
}

/** Users without any time of their own have the start of the run, which differs. */
function withoutStarts(content: Content, starts: readonly string[]): Content {
	return Object.fromEntries(
		Object.entries(content).map(([table, rows]) => [
			table,
			starts.reduce((text, at) => text.replaceAll(at, "START"), rows),
		]),
	);
}

/** Compares the target, row by row, with one that is converted from the source as it is now. */
export async function compareWithReference(
	stage: Stage,
	target: Target,
): Promise<Difference> {
	const reference = await stage.reference();
	try {
		return differenceOf(await comparable(reference), await comparable(target));
	} finally {
		await stage.dropTarget(reference);
	}
}

/** Compares what users see of the target with what they would see if the legacy tables were converted anew. */
export async function compareCarriedBack(
	stage: Stage,
	target: Target,
): Promise<Difference> {
	const reference = await stage.reference();
	try {
		// Who signed in after the cutover carried the target's start back to the legacy row.
		const starts = [await startOf(target), await startOf(reference)];
		return differenceOf(
			withoutStarts(await seenOf(target), starts),
			withoutStarts(await seenOf(reference), starts),
		);
	} finally {
		await stage.dropTarget(reference);
	}
}

/** What users see, without ids that only one side knows. */
async function seenOf(target: Target): Promise<Content> {
	const rows = async (sql: string) =>
		(await target.server.query<{ row: unknown }>(target.name, sql))
			.map(({ row }) => JSON.stringify(row))
			.join("\n");
	return {
		users: await rows(
			"SELECT jsonb_build_object('email', email, 'hash', encrypted_password, 'signedIn', last_sign_in_at, 'name', username, 'preferences', preferences, 'created', u.created_at) AS row FROM auth.users u JOIN public.profiles p USING (id)",
		),
		workflows: await rows(
			"SELECT to_jsonb(w) - 'user_id' || jsonb_build_object('of', email) AS row FROM public.workflows w JOIN auth.users u ON u.id = w.user_id",
		),
		steps: await rows("SELECT to_jsonb(s) AS row FROM public.workflow_steps s"),
	};
}

export function differenceOf(wanted: Content, found: Content): Difference {
	let lost = 0;
	let extra = 0;
	const examples: string[] = [];
	for (const table of Object.keys(wanted)) {
		const open = new Map<string, number>();
		for (const row of rowsOf(wanted, table)) {
			open.set(row, (open.get(row) ?? 0) + 1);
		}
		for (const row of rowsOf(found, table)) {
			const left = open.get(row) ?? 0;
			if (left > 0) {
				open.set(row, left - 1);
				continue;
			}
			extra += 1;
			if (examples.length < 6) examples.push(`extra ${table}: ${row}`);
		}
		for (const [row, left] of open) {
			lost += left;
			if (left > 0 && examples.length < 6)
				examples.push(`lost ${table}: ${row}`);
		}
	}
	return { lost, extra, examples: examples.map((text) => text.slice(0, 400)) };
}

function rowsOf(content: Content, table: string): readonly string[] {
	return (content[table] ?? "").split("\n").filter(Boolean);
}
