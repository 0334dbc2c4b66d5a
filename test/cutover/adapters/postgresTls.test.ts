import assert from "node:assert/strict";
import {
	tlsQuery,
	tlsSettings,
	withoutTls,
} from "../../../cutover/src/adapters/postgresTls.ts";

describe("tlsSettings", () => {
	const unverified = { rejectUnauthorized: false };
	const table: readonly (readonly [
		string,
		string,
		Record<string, string>,
		object,
	])[] = [
		[
			"prefers TLS when nothing is said",
			"postgresql://db/app",
			{},
			{ wanted: unverified, isOptional: true },
		],
		[
			"leaves it away on the way to this machine",
			"postgresql:///app",
			{ PGHOST: "127.0.0.1", PGSSLMODE: "prefer" },
			{ wanted: false, isOptional: true },
		],
		[
			"encrypts without a check for require",
			"postgresql:///app",
			{ PGHOST: "db", PGSSLMODE: "require" },
			{ wanted: unverified, isOptional: false },
		],
		[
			"lets the URL win over the environment",
			"postgresql://db/app?sslmode=disable",
			{ PGSSLMODE: "require" },
			{ wanted: false, isOptional: false },
		],
		[
			"checks everything for verify-full",
			"postgresql://db/app?sslmode=verify-full",
			{},
			{ wanted: { rejectUnauthorized: true }, isOptional: false },
		],
	];
	for (const [what, url, env, expected] of table) {
		it(what, () => assert.deepEqual(tlsSettings(url, env), expected));
	}

	it("refuses a mode that nobody knows", () => {
		assert.throws(
			() => tlsSettings("postgresql://db/app?sslmode=maybe", {}),
			/sslmode maybe is unknown; expected disable/,
		);
	});
});

describe("withoutTls", () => {
	it("takes the TLS options away and leaves the others", () => {
		assert.equal(
			withoutTls("postgresql://db/app?sslmode=require&application_name=x"),
			"postgresql://db/app?application_name=x",
		);
		assert.equal(
			withoutTls("postgresql://db/app?sslmode=require"),
			"postgresql://db/app",
		);
	});
});

describe("tlsQuery", () => {
	it("hands a demand on to the application, a preference not", () => {
		assert.equal(
			tlsQuery("postgresql:///app", { PGSSLMODE: "require" }),
			"?sslmode=require&uselibpqcompat=true",
		);
		assert.equal(tlsQuery("postgresql:///app", { PGSSLMODE: "prefer" }), "");
	});
});
