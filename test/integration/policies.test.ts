import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Court, type Declared } from "./policies/court.ts";

const database: Declared = {
	type: "aws:rds/instance:Instance",
	name: "db",
	protect: true,
	inputs: {
		storageEncrypted: true,
		publiclyAccessible: false,
		backupRetentionPeriod: 7,
		skipFinalSnapshot: false,
		finalSnapshotIdentifier: "final",
		deletionProtection: true,
		multiAz: true,
		password: "secret",
		tags: { project: "judged", stack: "prod" },
	},
};
const withInputs = (inputs: object): Declared => ({
	...database,
	inputs: { ...database.inputs, ...inputs },
});
const open = withInputs({ publiclyAccessible: true, multiAz: false });

describe("The policy pack on the real engine", () => {
	const court = new Court();
	before(() => court.open());
	after(() => court.close());

	it("is one folder that needs nothing beside it", async () => {
		const imports = court.bundle?.imports ?? [];
		assert.deepEqual(
			imports.filter((name) => !isBuiltin(name)),
			[],
		);
		// In a folder without any node_modules above it.
		const alone = join(court.root, "alone");
		cpSync(court.pack, alone, { recursive: true });
		const child = spawn(process.execPath, ["main.cjs"], { cwd: alone });
		try {
			const [port] = await once(
				createInterface({ input: child.stdout }),
				"line",
			);
			assert.match(String(port), /^\d+$/);
		} finally {
			child.kill("SIGKILL");
			await once(child, "close");
		}
	});

	it("says nothing about what breaks no rule", async () => {
		const { exitCode, stdout } = await court.judge(
			[database],
			...["preview", "--stack", "prod"],
		);
		assert.equal(exitCode, 0, stdout);
		assert.match(stdout, /trusted-login@v0\.1\.0/);
		assert.doesNotMatch(stdout, /\[(advisory|mandatory|remediate)\]/);
	});

	it("refuses a preview and an update of prod, before anything is made", async () => {
		for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
			const { exitCode, stdout } = await court.judge(
				[open],
				...[...args, "--stack", "prod"],
			);
			assert.notEqual(exitCode, 0, args.join(" "));
			assert.match(stdout, /\[mandatory\] +disallow-public-database/);
			assert.match(
				stdout,
				/db: expected publiclyAccessible false, got true; set publiclyAccessible: false/,
			);
			assert.match(stdout, /\[mandatory\] +require-multi-az/);
			assert.doesNotMatch(stdout, /hunter2/);
		}
		assert.equal("db" in (await court.held("prod")), false);
	});

	it("only advises on dev", async () => {
		const { exitCode, stdout } = await court.judge(
			[open],
			...["preview", "--stack", "dev"],
		);
		assert.equal(exitCode, 0, stdout);
		assert.match(stdout, /\[advisory\] +disallow-public-database/);
		assert.match(stdout, /got true; set publiclyAccessible: false/);
		assert.doesNotMatch(stdout, /\[mandatory\]/);
	});

	it("waits for values that a preview cannot know, and judges them in the update", async () => {
		const inputs = {
			publiclyAccessible: "unknown",
			backupRetentionPeriod: "unknown",
			tags: "unknown",
		};
		const preview = await court.judge(
			[withInputs(inputs)],
			...["preview", "--stack", "prod"],
		);
		assert.equal(preview.exitCode, 0, preview.stdout);
		assert.doesNotMatch(preview.stdout, /can't run|\[mandatory\]/);
		const update = await court.judge(
			[withInputs(inputs)],
			...["up", "--yes", "--skip-preview", "--stack", "prod"],
		);
		assert.notEqual(update.exitCode, 0);
		assert.match(update.stdout, /expected publiclyAccessible false, got text/);
	});

	it("sets right what it can, keeps what is secret, and does it once", async () => {
		const bare = withInputs({ tags: { Name: "db" } });
		const logs: Declared = {
			type: "aws:cloudwatch/logGroup:LogGroup",
			name: "logs",
			inputs: {},
		};
		const up = ["up", "--yes", "--skip-preview", "--stack", "prod"];
		const first = await court.judge([bare, logs], ...up);
		assert.equal(first.exitCode, 0, first.stdout);
		assert.match(first.stdout, /\[remediate\] +require-tags/);
		const { db, logs: kept } = await court.held("prod");
		assert.deepEqual(db?.tags, {
			Name: "db",
			project: "judged",
			stack: "prod",
		});
		assert.notEqual(db?.password, "hunter2");
		assert.equal(Object(db?.password).plaintext, undefined);
		assert.deepEqual(kept, {
			retentionInDays: 365,
			tags: { project: "judged", stack: "prod" },
		});
		const second = await court.judge(
			[bare, logs],
			...["preview", "--expect-no-changes", "--stack", "prod"],
		);
		assert.equal(second.exitCode, 0, second.stdout);
	});

	it("takes thresholds from a configuration file", async () => {
		const { exitCode, stdout } = await court.judge(
			[database],
			...["preview", "--stack", "prod", "--policy-pack-config"],
			court.configFile({ "require-backup-retention": { minDays: 14 } }),
		);
		assert.notEqual(exitCode, 0);
		assert.match(stdout, /backupRetentionPeriod of at least 14 days, got 7/);
	});

	for (const [title, config, expected] of [
		["a threshold out of range", { minDays: 99 }, /less than or equal to 35/],
		["a misspelt setting", { minDay: 3 }, /got minDay; correct the policy/],
	] as const) {
		it(`refuses ${title}`, async () => {
			const { exitCode, stdout, stderr } = await court.judge(
				[database],
				...["preview", "--stack", "prod", "--policy-pack-config"],
				court.configFile({ "require-backup-retention": config }),
			);
			assert.notEqual(exitCode, 0);
			assert.match(stdout + stderr, expected);
		});
	}
});
