import assert from "node:assert/strict";
import {
	majorOf,
	schemaDumpArguments,
	withoutPasswords,
	withStableKey,
} from "../../../cutover/src/adapters/pgDump.ts";
import { tlsEnvironment } from "../../../cutover/src/adapters/postgresTls.ts";

describe("the schema dump", () => {
	it("is asked for without address and password", () => {
		assert.deepEqual(
			schemaDumpArguments({ snapshot: "00000003-1B-1", lockTimeoutSeconds: 5 }),
			[
				"--schema-only",
				"--no-password",
				"--snapshot=00000003-1B-1",
				"--lock-wait-timeout=5000",
			],
		);
	});

	for (const [line, major] of [
		["pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", 15],
		["pg_dump (PostgreSQL) 9.6.24", 9],
		["pg_dump (PostgreSQL) 18beta1", 18],
		["hello", undefined],
		["", undefined],
	] as const) {
		it(`takes ${JSON.stringify(line)} for ${major ?? "no version"}`, () =>
			assert.equal(majorOf(line), major));
	}

	const dump = (key: string, table = "t") =>
		`--\n\\restrict ${key}\n\nCREATE TABLE ${table} (note text DEFAULT '${key.slice(0, 2)}');\n\n\\unrestrict ${key}\n\n`;

	it("is the same for the same schema, whatever key the run had", () => {
		const [one, other] = [
			withStableKey(dump("abAB12")),
			withStableKey(dump("abXY99")),
		];
		assert.equal(one, other);
		assert.match(one, /^\\restrict [0-9a-f]{64}$/m);
		const [, key] = /^\\restrict (\w+)$/m.exec(one) ?? [];
		assert.ok(one.includes(`\\unrestrict ${key}\n`));
	});

	it("has another key for another schema", () => {
		const keyOf = (text: string) =>
			/^\\restrict (\w+)$/m.exec(withStableKey(text))?.[1];
		assert.notEqual(keyOf(dump("ab", "t")), keyOf(dump("ab", "u")));
	});

	it("stays as it is without a key", () =>
		assert.equal(
			withStableKey("CREATE TABLE t ();\n"),
			"CREATE TABLE t ();\n",
		));
});

describe("passwords in a schema dump", () => {
	const table: readonly (readonly [string, string])[] = [
		[
			"CREATE USER MAPPING FOR ada SERVER crm OPTIONS (\n    password 's3''cret;\n x',\n    \"user\" 'ada'\n);\n",
			"CREATE USER MAPPING FOR ada SERVER crm OPTIONS (\n    password '***',\n    \"user\" 'ada'\n);\n",
		],
		[
			"CREATE SUBSCRIPTION s CONNECTION 'host=h password=s3cret user=u' PUBLICATION p WITH (connect = false);\n",
			"CREATE SUBSCRIPTION s CONNECTION 'host=h password=*** user=u' PUBLICATION p WITH (connect = false);\n",
		],
		[
			"CREATE SUBSCRIPTION s CONNECTION 'host=h password = ''s3 cret''' PUBLICATION p;\n",
			"CREATE SUBSCRIPTION s CONNECTION 'host=h password = ***' PUBLICATION p;\n",
		],
		[
			"CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:s3cret@h/d' PUBLICATION p;\n",
			"CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:***@h/d' PUBLICATION p;\n",
		],
		[
			"CREATE TABLE t (\n    password text DEFAULT 'password=x'\n);\n",
			"CREATE TABLE t (\n    password text DEFAULT 'password=x'\n);\n",
		],
	];
	for (const [given, expected] of table) {
		it(`are taken out: ${expected.replaceAll(/\s+/g, " ").slice(0, 60)}`, () =>
			assert.equal(withoutPasswords(given), expected));
	}
});

describe("the TLS environment of PostgreSQL's own programs", () => {
	const table: readonly (readonly [
		string,
		Readonly<Record<string, string>>,
		Readonly<Record<string, string>>,
	])[] = [
		["postgresql://db/app", {}, {}],
		[
			"postgresql://db/app?sslmode=verify-full&sslrootcert=/ca.pem",
			{ PGSSLMODE: "disable" },
			{ PGSSLMODE: "verify-full", PGSSLROOTCERT: "/ca.pem" },
		],
		["postgresql://db/app", { PGSSLMODE: "require" }, { PGSSLMODE: "require" }],
		["postgresql://db/app?sslmode=no-verify", {}, { PGSSLMODE: "require" }],
	];
	for (const [url, env, expected] of table) {
		it(`is ${JSON.stringify(expected)} for ${url}`, () =>
			assert.deepEqual(tlsEnvironment(url, env), expected));
	}
});
