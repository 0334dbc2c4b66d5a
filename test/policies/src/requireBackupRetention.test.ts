import assert from "node:assert/strict";
import { requireBackupRetention } from "../../../policies/src/requireBackupRetention.ts";
import { cluster, instance } from "../fixtures.ts";
import { messagesOf } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const retention = ["backupRetentionPeriod"] as const;
const wrong = (got: string) =>
	`expected backupRetentionPeriod of at least 7 days, got ${got}; set backupRetentionPeriod: 7 or more, 35 at most`;

describe("requireBackupRetention", () => {
	testRule({
		policy: requireBackupRetention,
		compliant: {
			instance,
			cluster,
			"a replica without backups": change(
				change(instance, retention, 0),
				["replicateSourceDb"],
				"source",
			),
		},
		broken: [
			["6 days", "instance", retention, 6, wrong("6")],
			["backups switched off", "instance", retention, 0, wrong("0")],
			["6 days of a cluster", "cluster", retention, 6, wrong("6")],
			["not a number", "instance", retention, Number.NaN, wrong("NaN")],
		],
		needed: [
			["instance", retention],
			["cluster", retention],
		],
	});

	it("takes its threshold from the configuration", async () => {
		assert.deepEqual(
			await messagesOf(requireBackupRetention(), instance, { minDays: 14 }),
			[
				"it: expected backupRetentionPeriod of at least 14 days, got 7; set backupRetentionPeriod: 14 or more, 35 at most",
			],
		);
	});
});
