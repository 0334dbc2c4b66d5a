import { requireEncryptedDatabase } from "../../../policies/src/requireEncryptedDatabase.ts";
import { cluster, instance } from "../fixtures.ts";
import { testRule } from "../ruleTests.ts";

const fix =
	"set storageEncrypted: true before the first update, because RDS encrypts a database only when it makes it";

describe("requireEncryptedDatabase", () => {
	testRule({
		policy: requireEncryptedDatabase,
		compliant: { instance, cluster },
		broken: [
			[
				"an instance in plain text",
				"instance",
				["storageEncrypted"],
				false,
				`expected storageEncrypted true, got false; ${fix}`,
			],
			[
				"a cluster in plain text",
				"cluster",
				["storageEncrypted"],
				false,
				`expected storageEncrypted true, got false; ${fix}`,
			],
			[
				"text instead of true",
				"instance",
				["storageEncrypted"],
				"true",
				`expected storageEncrypted true, got text; ${fix}`,
			],
		],
		needed: [
			["instance", ["storageEncrypted"]],
			["cluster", ["storageEncrypted"]],
		],
	});
});
