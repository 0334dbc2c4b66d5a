import assert from "node:assert/strict";
import { maskSecrets } from "../../cutover/src/masking.ts";

describe("maskSecrets", () => {
	const table: readonly (readonly [string, string])[] = [
		["postgresql://ada:s3cret@db:5432/app", "postgresql://ada:***@db:5432/app"],
		[
			"postgres://ada:p%40ss:word@db/app?sslmode=require",
			"postgres://ada:***@db/app?sslmode=require",
		],
		["postgresql://ada:p@ss@db/app", "postgresql://ada:***@db/app"],
		["postgresql://ada@db/app", "postgresql://ada@db/app"],
		["host=db password=s3cret user=ada", "host=db password=*** user=ada"],
		["PGPASSWORD=s3cret psql", "PGPASSWORD=*** psql"],
		['{"password": "s3\\"cret"}', '{"password": "***"}'],
		["https://example.com:8443/a@b", "https://example.com:8443/a@b"],
		["nothing to hide", "nothing to hide"],
	];
	for (const [given, expected] of table) {
		it(`writes ${expected}`, () => assert.equal(maskSecrets(given), expected));
	}
});
