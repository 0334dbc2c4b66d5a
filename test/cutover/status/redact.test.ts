import assert from "node:assert/strict";
import {
	redact,
	redactDeep,
	secretsOf,
} from "../../../cutover/src/status/redact.ts";

describe("what stands on the status page", () => {
	const table: readonly [string, string, string][] = [
		["an e-mail address", "user 7: ada.b+c@mail.example.com left", "(e-mail)"],
		[
			"an e-mail address in a query",
			"https://x/?to=ada@example.com",
			"(e-mail)",
		],
		["a password in an address", "postgresql://ada:s3cret@db/app", "***"],
		["a session token", "got eyJhbGciOiJIUzI1NiJ9.eyJlIjoxfQ.c2ln", "(token)"],
		["a bearer token", "Authorization: Bearer abc.def", "Bearer (token)"],
		[
			"a bcrypt hash",
			"is $2b$10$abcdefghijklmnopqrstuuWJOXBoVDWNGHnsFKvWaKEWBbvGBLFBS",
			"(hash)",
		],
		["an argon2 hash", "is $argon2id$v=19$m=64,t=1,p=1$c29tZQ$aGFz", "(hash)"],
		["the key of a backup", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQ", "(key)"],
		["an access key", "id AKIAABCDEFGHIJKLMNOP", "(key)"],
		["a webhook", "https://hooks.slack.com/services/T0/B0/xyz", "(webhook)"],
		["a private key", "-----BEGIN PRIVATE KEY-----\nMIIB\n", "(key)"],
	];
	for (const [what, text, instead] of table) {
		it(`is not ${what}`, () => {
			const clean = redact(text);
			assert.ok(clean.includes(instead), clean);
			for (const word of [
				"ada.b",
				"ada@",
				"s3cret",
				"eyJ",
				"abc.def",
				"$2b",
				"$argon",
				"QQQQ",
				"AKIA",
				"B0",
				"MIIB",
			]) {
				assert.ok(!clean.includes(word), `${word} in ${clean}`);
			}
		});
	}

	it("is still what an operator needs: hosts, users of databases, ids and times", () => {
		const text =
			"cannot reach the target at postgresql://cutover@db.example.com:5432/app: user 4711 at 2026-11-25T02:10:00Z, 127.0.0.1:8007";
		assert.equal(redact(text), text);
	});

	it("is no secret that a run was given, wherever it turns up again", () => {
		const secrets = secretsOf({
			PGPASSWORD: "hunter22",
			JWT_SECRET: "a-long-secret",
			source: "postgresql://ada:p%40ss-word@db/app",
			CUTOVER_CANARIES: '[{"email": "x", "password": "canary-pass"}]',
			HOME: "/home/ada",
			SHORT_SECRET: "abc",
		});
		const text =
			"hunter22 a-long-secret p%40ss-word p@ss-word canary-pass /home/ada abc";
		assert.equal(redact(text, secrets), "*** *** *** *** *** /home/ada abc");
	});

	it("is clean however deep a value lies, by the name of a property too", () => {
		assert.deepEqual(
			redactDeep({
				rows: [{ note: "ada@example.com", count: 3 }],
				jwtSecret: "whatever",
				"bob@example.com": null,
			}),
			{
				rows: [{ note: "(e-mail)", count: 3 }],
				jwtSecret: "***",
				"(e-mail)": null,
			},
		);
	});
});
