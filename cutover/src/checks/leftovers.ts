import { endQuietly } from "../adapters/postgres.ts";
import { reasonOf } from "../errors.ts";
import { type CheckSpec, NotRunError, passed } from "./check.ts";
import { removeNamed, removeRow, removeThing } from "./removal.ts";
import type { World } from "./world.ts";

/** Younger things may belong to a run that is still under way. */
const oldMs = 10 * 60_000;

/** Removes what an earlier run left when it was killed. What cannot be done now is done the next time. */
async function sweep(world: World): Promise<void> {
	const before = Date.now() - oldMs;
	const removed = [
		world.tokens.user === undefined
			? 0
			: await removeNamed(
					world,
					(name, madeAt) =>
						/^cutover check [0-9a-f]{8}$/.test(name) &&
						madeAt !== undefined &&
						madeAt.getTime() < before,
				).catch(() => 0),
		await sweepRows(world, "leftUsers", async (email) =>
			removeRow(world, "user", email),
		),
		await sweepRows(world, "leftFiles", async (id) => {
			const path = `${world.own.api}${world.plan.routes.files}/${id}`;
			return await removeThing(world, "file", { id, path });
		}),
	].reduce((sum, count) => sum + count, 0);
	if (removed > 0)
		world.talk.say(`removed ${removed} things that an earlier run left behind`);
}

async function sweepRows(
	world: World,
	kind: "leftUsers" | "leftFiles",
	remove: (what: string) => Promise<string | undefined>,
): Promise<number> {
	if (world.database === undefined) return 0;
	try {
		const { rows } = await world.database.query<{ what: string }>(
			world.own.removal[kind],
		);
		let removed = 0;
		for (const { what } of rows)
			if ((await remove(what)) === undefined) removed += 1;
		return removed;
	} catch {
		// The table may have other columns, the session may be gone: this run's own things do not depend on it.
		return 0;
	}
}

/** Removes everything that this run made, whatever became of it, and closes what is open. */
export async function tidyUp(world: World): Promise<CheckSpec> {
	// Whatever stopped the checks does not stop this.
	world.signal = new AbortController().signal;
	const left = await world.made
		.removeAll()
		.catch((error: unknown) => [reasonOf(error)]);
	// Counted now: something may still have been under way.
	const { count } = world.made;
	await sweep(world);
	if (world.database !== undefined) await endQuietly(world.database);
	world.api.close();
	world.frontend?.close();
	return {
		name: "nothing left behind",
		group: "Data Integrity",
		expected: "everything removed again that the checks made",
		async run() {
			if (count === 0)
				throw new NotRunError("nothing was made", { required: false });
			if (left.length > 0)
				return { outcome: "failed", actual: left[0] ?? "", details: left };
			return passed(
				[`${count} of ${count} removed`, ...world.made.notes].join("; "),
			);
		},
	};
}
