import assert from "node:assert/strict";
import {
	createPair,
	dropPair,
	startMigrationServer,
} from "./cutoverFixture.ts";
import { fuzzSettings } from "./cutoverFuzz.ts";

/** The long version is `npm run bench:settings`. */
describe("cutover convert, given settings at their worst", function () {
	this.timeout(120_000);

	it("aborts no batch, and two implementations agree on every row", async () => {
		const server = await startMigrationServer();
		const pair = await createPair(server, { seed: "" });
		try {
			const result = await fuzzSettings(server, pair, 2000, 11);
			assert.deepEqual(result.differences, []);
			assert.equal(result.loadedBatches, result.batches);
			assert.equal(result.migratedUsers, 2000);
			assert.equal(result.migratedSteps + result.quarantinedSteps, 2000);
			assert.ok(result.quarantinedSteps > 500);
			assert.ok(result.migratedSteps > 500);
		} finally {
			await dropPair(pair);
			await server.stop();
		}
	});
});
