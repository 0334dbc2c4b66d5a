import assert from "node:assert/strict";
import fc from "fast-check";
import { readJson } from "../../cutover/src/validate/rows/json.ts";
import {
	numericText,
	roundNumeric,
} from "../../cutover/src/validate/rows/numbers.ts";
import { createZone } from "../../cutover/src/validate/rows/zone.ts";
import { nastyJson, storable } from "./cutoverSettings.ts";
import { startPostgres, type TestServer } from "./postgres.ts";

/** What the second implementation of the conversion computes, PostgreSQL has to agree with. */
describe("values expected in rows, beside PostgreSQL's own", function () {
	this.timeout(120_000);
	let server: TestServer;

	before(async () => {
		server = await startPostgres();
		// An error becomes NULL, so that thousands can be tried in one query.
		await server.query(
			"postgres",
			`CREATE FUNCTION as_jsonb(x text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN x::jsonb::text; EXCEPTION WHEN data_exception OR statement_too_complex THEN RETURN NULL; END $$;
			CREATE FUNCTION as_numeric(x text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN x::numeric::text; EXCEPTION WHEN data_exception THEN RETURN NULL; END $$`,
		);
	});
	after(() => server.stop());

	const asServer = async (
		expression: string,
		texts: readonly string[],
	): Promise<readonly (string | null)[]> => {
		const rows = await server.query<{ value: string | null }>(
			"postgres",
			`SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'`,
		);
		assert.deepEqual(rows, []);
		const answered = await server.query<{ value: string | null }>(
			"postgres",
			`SELECT ${expression} AS value FROM unnest($1::text[]) WITH ORDINALITY AS given(x, place) ORDER BY place`,
			[texts],
		);
		return answered.map(({ value }) => value);
	};

	/** Fails naming the first text that the two see differently. */
	const agree = (
		texts: readonly string[],
		ours: readonly (string | null | undefined)[],
		theirs: readonly (string | null)[],
	) => {
		for (const [place, text] of texts.entries()) {
			assert.equal(ours[place] ?? null, theirs[place], text.slice(0, 300));
		}
	};

	const two = (value: number) => String(value).padStart(2, "0");
	const local = fc
		.record({
			year: fc.oneof(
				fc.integer({ min: 1970, max: 2037 }),
				fc.integer({ min: 1850, max: 2200 }),
				fc.integer({ min: 1, max: 20_000 }),
			),
			month: fc.integer({ min: 1, max: 12 }),
			day: fc.integer({ min: 1, max: 28 }),
			hour: fc.integer({ min: 0, max: 23 }),
			minute: fc.integer({ min: 0, max: 59 }),
			second: fc.integer({ min: 0, max: 59 }),
			fraction: fc.constantFrom("", ".5", ".123456", ".000001"),
			era: fc.constantFrom("", "", "", " BC"),
		})
		.map(
			(at) =>
				`${String(at.era === "" ? at.year : 1 + (at.year % 4712)).padStart(4, "0")}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)}${at.fraction}${at.era}`,
		);

	/** Every three quarters of an hour of the days around each change of a zone's clocks. */
	const aroundChanges = async (zone: string): Promise<readonly string[]> => {
		const rows = await server.query<{ at: string }>(
			"postgres",
			`WITH hours AS (SELECT h, (h AT TIME ZONE $1) - (h AT TIME ZONE 'UTC') AS off FROM generate_series('1900-01-01 00:00+00'::timestamptz, '2037-12-31 00:00+00', '1 day') h),
			changes AS (SELECT h FROM (SELECT h, off, lag(off) OVER (ORDER BY h) AS before FROM hours) d WHERE off <> before)
			SELECT to_char((h AT TIME ZONE 'UTC') + s * interval '45 minutes', 'YYYY-MM-DD HH24:MI:SS') AS at FROM changes, generate_series(-64, 32) s`,
			[zone],
		);
		return rows.map(({ at }) => at);
	};

	for (const zone of [
		"UTC",
		"Europe/Berlin",
		"America/New_York",
		"Australia/Lord_Howe",
		"Asia/Kolkata",
		"Africa/Casablanca",
		"America/Caracas",
	]) {
		it(`reads times in ${zone} as the server does`, async () => {
			const times = [
				...fc.sample(local, { numRuns: 3000, seed: 5 }),
				...(await aroundChanges(zone)),
			];
			const read = createZone(zone);
			agree(
				times,
				times.map(read),
				await asServer(`((x::timestamp) AT TIME ZONE '${zone}')::text`, times),
			);
		});
	}

	it("prints JSON as jsonb does, and refuses what jsonb refuses", async () => {
		const texts = [
			...fc.sample(fc.json({ maxDepth: 5 }), { numRuns: 3000, seed: 1 }),
			...fc.sample(nastyJson, { numRuns: 6000, seed: 2 }),
		].map(storable);
		agree(
			texts,
			texts.map((text) => readJson(text)?.text),
			await asServer("as_jsonb(x)", texts),
		);
	});

	it("prints numbers as numeric does, also at its limits", async () => {
		const digits = fc
			.array(fc.constantFrom(..."0123456789"), { minLength: 1, maxLength: 30 })
			.map((some) => some.join(""));
		const number = fc
			.tuple(
				fc.constantFrom("", "-"),
				digits,
				fc.oneof(
					fc.constant(""),
					digits.map((some) => `.${some}`),
				),
				fc.oneof(
					fc.constant(""),
					fc.integer({ min: -40, max: 40 }).map((some) => `e${some}`),
					fc
						.constantFrom(
							-16_383,
							-16_384,
							-16_400,
							131_071,
							131_072,
							1e6,
							-1e6,
						)
						.map((some) => `E${some}`),
				),
			)
			.map((parts) => parts.join(""));
		const texts = fc.sample(number, { numRuns: 3000, seed: 3 });
		agree(
			texts,
			texts.map(numericText),
			await asServer("as_numeric(x)", texts),
		);
	});

	it("rounds numbers as a column with a scale does", async () => {
		const texts = fc
			.sample(fc.tuple(fc.integer(), fc.nat(99_999)), {
				numRuns: 1000,
				seed: 4,
			})
			.map(([whole, part]) => `${whole}.${part}`);
		agree(
			texts,
			texts.map((text) => roundNumeric(text, 2)),
			await asServer("x::numeric(20, 2)::text", texts),
		);
	});
});
