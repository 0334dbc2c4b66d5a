import assert from "node:assert/strict";
import { compareSettingsSchema } from "../../../cutover/src/perf/settings.ts";
import { parseSettings } from "../../../cutover/src/verbs/parse.ts";

const file = "reports/performance_baseline.json";
const url = "http://localhost:8007";
const database = "postgresql:///app";

describe("what perf compare is told", () => {
	for (const options of [
		{ before: file, after: file },
		{ beforeUrl: url, afterUrl: url },
		{ before: file, afterUrl: url },
		{
			beforeUrl: url,
			afterUrl: url,
			beforeDatabase: database,
			afterDatabase: database,
		},
	]) {
		it(`takes ${Object.keys(options).join(" with ")}`, () => {
			assert.equal(
				parseSettings(compareSettingsSchema, options).maxSeconds,
				40,
			);
		});
	}

	const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
		[{}, /--before: is needed.*--after: is needed/],
		[{ before: file, beforeUrl: url, after: file }, /--before: .*got both/],
		[
			{ beforeUrl: url, after: file },
			/--before-url: expected --after-url with it/,
		],
		[
			{ beforeUrl: url, afterUrl: url, beforeDatabase: database },
			/--before-database: expected both databases or none/,
		],
		[{ before: file, after: file, connections: "0" }, /--connections/],
	];
	for (const [options, message] of wrong) {
		it(`refuses ${Object.keys(options).join(" with ") || "nothing"}`, () => {
			assert.throws(() => parseSettings(compareSettingsSchema, options), {
				name: "UsageError",
				message,
			});
		});
	}
});
