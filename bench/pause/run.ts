import { withSession } from "../../cutover/src/adapters/postgres.ts";
import { compareRows } from "../../cutover/src/validate/rows/compare.ts";
import { faultText } from "../../cutover/src/validate/rows/fault.ts";
import { seedLegacy } from "../../rehearsal/seed/seedLegacy.ts";
import { runConvert } from "../../test/integration/cutoverFixture.ts";
import { createFollowing } from "../../test/integration/followFixture.ts";
import type { TestServer } from "../../test/integration/postgres.ts";
import { startWriteLoad } from "../../test/integration/writeLoad.ts";

/** One cutover under a write load. */
export interface Pause {
	readonly how: "slot" | "age";
	/** From the moment on that the legacy application could not write until the target was live. */
	readonly seconds: number;
	/** Transactions that the application had committed while it was converted and cut over. */
	readonly committed: number;
	/** Transactions a second, while it could write. */
	readonly rate: number;
	/** What the second implementation of the conversion sees differently afterwards, in words. */
	readonly differences: readonly string[];
}

/** Converts a seeded system, follows it and cuts over, all of it while several clients write without a pause. */
export async function cutOverUnderLoad(
	server: TestServer,
	how: Pause["how"],
	options: { readonly users: number; readonly writers: number },
): Promise<Pause> {
	const there = await createFollowing(server, { tables: false });
	try {
		await seedLegacy({
			databaseUrl: there.applicationUrl,
			uploadsDirectory: `${there.pair.folder}/uploads`,
			users: options.users,
		});
		// Bytes of files are copied before the fence, and are not what is measured.
		await there.onSource("DELETE FROM uploaded_files");
		await there.onSource("ANALYZE");
		const startedAt = performance.now();
		const loads = Array.from({ length: options.writers }, (_, at) =>
			startWriteLoad(there.applicationUrl, at + 1),
		);
		await runConvert(there.pair);
		if (how === "slot") await there.catchUp();
		const done = await there.cutOver({ follow: how === "slot" });
		const seconds = Number(done.facts?.fencedSeconds);
		const writing = (performance.now() - startedAt) / 1000 - seconds;
		const counts = await Promise.all(loads.map((load) => load.stop()));
		const committed = counts.reduce((sum, one) => sum + one, 0);
		const found = await withSession(
			there.pair.source,
			{ what: "source", readOnly: true },
			(source) =>
				withSession(there.pair.target, { what: "target" }, (target) =>
					compareRows(source, target, { isFenced: true }),
				),
		);
		return {
			how,
			seconds,
			committed,
			rate: committed / writing,
			differences: found.flatMap(({ faults }) => faults.map(faultText)),
		};
	} finally {
		await there.drop();
		for (const name of [there.pair.sourceName, there.pair.targetName]) {
			await server.query("postgres", `DROP DATABASE ${name} WITH (FORCE)`);
		}
	}
}
