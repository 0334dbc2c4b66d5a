import assert from "node:assert/strict";
import fc from "fast-check";
import {
	hashFormat,
	hasKnownHashSql,
} from "../../cutover/src/conversion/passwordHash.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

describe("a password hash", function () {
	this.timeout(60_000);
	let server: TestServer;
	before(async () => {
		server = await startPostgres();
	});
	after(() => server?.stop());

	/** What SQL says of each. */
	async function known(hashes: readonly string[]): Promise<readonly boolean[]> {
		const [row] = await server.query<{ known: readonly boolean[] }>(
			"postgres",
			`SELECT array_agg(${hasKnownHashSql("hash")} ORDER BY n) AS known FROM json_array_elements_text('${JSON.stringify(hashes).replaceAll("'", "''")}') WITH ORDINALITY AS given(hash, n)`,
		);
		return row?.known ?? [];
	}

	it("is told alike by SQL and by TypeScript, whatever is changed in a good one", async () => {
		const good = [
			"$2b$10$k1NCTZNy8qpDvizYB8HbCe8tQ8jbANk1NCTZNy8qpDvizYB8HbCe8",
			"$2a$04$/./ABCXYZabcxyz0189/./ABCXYZabcxyz0189/./ABCXYZabcxyz".padEnd(
				60,
				"A",
			),
			"$2y$31$".padEnd(60, "z"),
			"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g",
		];
		const odd = [..."$./,=+-AZaz0189 \n\té€🙂@\\_%"];
		const changed = fc.sample(
			fc
				.record({
					hash: fc.constantFrom(...good),
					at: fc.nat({ max: 61 }),
					taken: fc.nat({ max: 2 }),
					put: fc.array(fc.constantFrom(...odd), { maxLength: 2 }),
				})
				.map(
					({ hash, at, taken, put }) =>
						hash.slice(0, at) + put.join("") + hash.slice(at + taken),
				),
			{ numRuns: 4_000, seed: 20261130 },
		);
		const costs = Array.from(
			{ length: 100 },
			(_, cost) => `$2b$${String(cost).padStart(2, "0")}$`,
		).map((begin) => begin.padEnd(60, "k"));
		const all = [...good, ...costs, ...changed, "", "$2b$10$", "5f4dcc3b"];
		const expected = all.map((hash) => hashFormat(hash) !== undefined);
		const told = await known(all);
		assert.deepEqual(
			all.filter((_, at) => told[at] !== expected[at]),
			[],
		);
		// Both answers are there often enough to mean something.
		assert.ok(expected.filter((one) => one).length > 500);
		assert.ok(expected.filter((one) => !one).length > 500);
	});
});
