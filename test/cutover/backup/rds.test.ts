import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { rdsPort } from "../../../cutover/src/adapters/rds.ts";
import {
	type RdsPort,
	restoreRds,
	takeRdsSnapshot,
} from "../../../cutover/src/backup/rds.ts";
import { silentTalk } from "../../../cutover/src/console.ts";

const signal = new AbortController().signal;

/** A client of the real SDK whose requests end here, each answered by the next text. */
async function recorded(answers: readonly (string | { code: string })[]) {
	const requests: URLSearchParams[] = [];
	const left = [...answers];
	const port = await rdsPort({
		region: "us-east-1",
		credentials: { accessKeyId: "id", secretAccessKey: "key" },
		maxAttempts: 1,
		requestHandler: {
			async handle(request: { body?: unknown }) {
				requests.push(new URLSearchParams(String(request.body)));
				const answer = left.shift() ?? { code: "NothingLeft" };
				const isError = typeof answer !== "string";
				const xml = isError
					? `<ErrorResponse><Error><Type>Sender</Type><Code>${answer.code}</Code><Message>no</Message></Error></ErrorResponse>`
					: answer;
				return {
					response: {
						statusCode: isError ? 404 : 200,
						headers: { "content-type": "text/xml" },
						body: Readable.from([Buffer.from(xml)]),
					},
				};
			},
		},
	});
	return { requests, port: { ...port, pollIntervalMs: 1 } satisfies RdsPort };
}

const instance = (status: string, more = "") =>
	`<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>
		<DBInstanceIdentifier>trusted-login-db</DBInstanceIdentifier><DBInstanceStatus>${status}</DBInstanceStatus>
		<EngineVersion>15.12</EngineVersion><AllocatedStorage>20</AllocatedStorage><DBName>trusted_login</DBName>
		<Endpoint><Address>db.example</Address><Port>5432</Port></Endpoint>
		<DBSubnetGroup><DBSubnetGroupName>private</DBSubnetGroupName></DBSubnetGroup>
		<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId></VpcSecurityGroupMembership></VpcSecurityGroups>
		<LatestRestorableTime>2026-08-01T02:10:00Z</LatestRestorableTime>${more}
	</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`;
const snapshot = (status: string) =>
	`<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots><DBSnapshot><Status>${status}</Status></DBSnapshot></DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>`;

const wantedSnapshot = {
	instance: "trusted-login-db",
	name: "migration_20260801_021500",
	timeoutSeconds: 5,
};
const wantedRestore = {
	instance: "trusted-login-db",
	newInstance: "restored-db",
	at: new Date("2026-08-01T02:00:00Z"),
	timeoutSeconds: 5,
};
const unknown = { code: "DBInstanceNotFoundFault" };

describe("backups on RDS", () => {
	it("are snapshots, waited for until they can be used", async () => {
		const { port, requests } = await recorded([
			instance("available"),
			"<CreateDBSnapshotResponse><CreateDBSnapshotResult/></CreateDBSnapshotResponse>",
			snapshot("creating"),
			snapshot("available"),
		]);
		const taken = await takeRdsSnapshot(
			port,
			wantedSnapshot,
			silentTalk,
			signal,
		);
		assert.equal(taken.id, "cutover-migration-20260801-021500");
		assert.equal(taken.facts.major, 15);
		assert.equal(taken.facts.method, "rds snapshot");
		assert.deepEqual(
			requests.map((request) => request.get("Action")),
			[
				"DescribeDBInstances",
				"CreateDBSnapshot",
				"DescribeDBSnapshots",
				"DescribeDBSnapshots",
			],
		);
		assert.equal(requests[1]?.get("DBSnapshotIdentifier"), taken.id);
	});

	it("fail when the snapshot does, and when it takes too long", async () => {
		const created =
			"<CreateDBSnapshotResponse><CreateDBSnapshotResult/></CreateDBSnapshotResponse>";
		const failing = await recorded([
			instance("available"),
			created,
			snapshot("failed"),
		]);
		await assert.rejects(
			takeRdsSnapshot(failing.port, wantedSnapshot, silentTalk, signal),
			/expected the snapshot cutover-migration-20260801-021500 to become available, got failed/,
		);
		const slow = await recorded([
			instance("available"),
			created,
			...Array.from({ length: 500 }, () => snapshot("creating")),
		]);
		await assert.rejects(
			takeRdsSnapshot(
				slow.port,
				{ ...wantedSnapshot, timeoutSeconds: 0.01 },
				silentTalk,
				signal,
			),
			/is creating after .*RDS goes on: run the same again/,
		);
	});

	it("name an instance that is not there", async () => {
		const { port } = await recorded([unknown]);
		await assert.rejects(
			takeRdsSnapshot(port, wantedSnapshot, silentTalk, signal),
			/RDS knows no instance trusted-login-db in this account and region/,
		);
	});

	it("are restored as a new, private, protected instance in the network of the old one", async () => {
		const { port, requests } = await recorded([
			instance("available"),
			unknown,
			"<RestoreDBInstanceToPointInTimeResponse><RestoreDBInstanceToPointInTimeResult/></RestoreDBInstanceToPointInTimeResponse>",
			instance("creating"),
			instance("available"),
			instance("available"),
		]);
		const result = await restoreRds(port, wantedRestore, silentTalk, signal);
		assert.equal(result.outcome, "passed");
		assert.match(
			result.next,
			/restored-db is a NEW instance; trusted-login-db still runs.*switch the application's database address to db\.example:5432/,
		);
		const asked = Object.fromEntries(requests[2] ?? []);
		assert.equal(asked.Action, "RestoreDBInstanceToPointInTime");
		assert.equal(asked.TargetDBInstanceIdentifier, "restored-db");
		assert.match(asked.RestoreTime ?? "", /^2026-08-01T02:00:00(\.000)?Z$/);
		assert.equal(asked.DBSubnetGroupName, "private");
		assert.equal(asked["VpcSecurityGroupIds.VpcSecurityGroupId.1"], "sg-1");
		assert.equal(asked.PubliclyAccessible, "false");
		assert.equal(asked.DeletionProtection, "true");
	});

	it("are waited for, not restored again, when an interrupted run began it", async () => {
		const { port, requests } = await recorded([
			instance("available"),
			instance("creating"),
			instance("available"),
			instance("available"),
		]);
		await restoreRds(port, wantedRestore, silentTalk, signal);
		assert.ok(
			requests.every(
				(request) => request.get("Action") === "DescribeDBInstances",
			),
		);
	});

	it("reach only as far as RDS says", async () => {
		const { port, requests } = await recorded([instance("available")]);
		await assert.rejects(
			restoreRds(
				port,
				{ ...wantedRestore, at: new Date("2026-08-01T03:00:00Z") },
				silentTalk,
				signal,
			),
			/expected a time up to 2026-08-01T02:10:00\.000Z/,
		);
		assert.equal(requests.length, 1);
	});
});
