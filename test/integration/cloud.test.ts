import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
	DeleteObjectCommand,
	GetObjectCommand,
	HeadObjectCommand,
	ListObjectsV2Command,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import pg from "pg";
import { freePort } from "../../rehearsal/freePort.ts";
import { awsApi } from "./cloud/awsApi.ts";

const checkout = join(import.meta.dirname, "../..");
const vpcType = "aws:ec2/vpc:Vpc";
const instanceType = "aws:rds/instance:Instance";
const secretType = "aws:secretsmanager/secret:Secret";
const bucketType = "aws:s3/bucket:Bucket";

interface Endpoint {
	port: number;
	token: string;
	accessKeyId: string;
	secretAccessKey: string;
}

describe("the laptop cloud", function () {
	this.timeout(60_000);
	let home = "";
	let daemon: ChildProcess | undefined;
	let endpoint: Endpoint;
	let ports: number[] = [];
	let keeper: { id: string; outputs: Record<string, unknown> };

	before(async () => {
		home = await mkdtemp(join(tmpdir(), "laptop-cloud-"));
		// The database's own user passes through.
		await chmod(home, 0o711);
		ports = [await freePort(), await freePort()];
		daemon = await startDaemon(home);
		endpoint = JSON.parse(
			readFileSync(join(home, "endpoint.json"), "utf8"),
		) as Endpoint;
		// A cloud without resources would end itself between two tests.
		keeper = await create(vpcType, { cidrBlock: "10.0.0.0/16" });
	});
	after(async () => {
		await ask("shutdown", { remove: true }).catch(() => {});
		daemon?.kill("SIGKILL");
		await rm(home, { recursive: true, force: true });
	});

	async function ask(
		verb: string,
		body: Record<string, unknown>,
	): Promise<Record<string, unknown>> {
		const response = await fetch(
			`http://127.0.0.1:${endpoint.port}/_laptop/${verb}`,
			{
				method: "POST",
				headers: { "x-laptop-token": endpoint.token },
				body: JSON.stringify(body),
			},
		);
		const answer = (await response.json()) as Record<string, unknown>;
		if (!response.ok) throw new Error(String(answer.message));
		return answer;
	}
	async function create(type: string, inputs: Record<string, unknown>) {
		const urn = `urn:pulumi:test::test::${type}::thing`;
		return (await ask("create", { type, urn, name: "thing", inputs })) as {
			id: string;
			outputs: Record<string, unknown>;
		};
	}
	async function connect(
		outputs: Record<string, unknown>,
		ssl: pg.ClientConfig["ssl"] = false,
	): Promise<pg.Client> {
		const [secret] = outputs.masterUserSecrets as { secretArn: string }[];
		const { SecretString } = await awsApi(
			endpoint,
			"secretsmanager.GetSecretValue",
			{ SecretId: secret?.secretArn },
		);
		const { username, password } = JSON.parse(String(SecretString)) as {
			username: string;
			password: string;
		};
		const client = new pg.Client({
			host: String(outputs.address),
			port: Number(outputs.port),
			user: username,
			password,
			database: "app",
			ssl,
		});
		// The server is killed under this connection on purpose.
		client.on("error", () => {});
		await client.connect();
		return client;
	}

	const instance = (port: number | undefined) => ({
		identifier: "main",
		engine: "postgres",
		instanceClass: "db.t4g.micro",
		allocatedStorage: 20,
		username: "trusted_login",
		manageMasterUserPassword: true,
		dbName: "app",
		port,
		skipFinalSnapshot: true,
	});

	it("refuses requests without the token or the access key", async () => {
		const url = `http://127.0.0.1:${endpoint.port}`;
		const noToken = await fetch(`${url}/_laptop/ping`, { method: "POST" });
		assert.equal(noToken.status, 403);
		const noKey = await fetch(`${url}/bucket/key`);
		assert.equal(noKey.status, 403);
		assert.match(await noKey.text(), /InvalidAccessKeyId/);
	});

	it("starts only once per home, and says who is there already", async () => {
		const second = spawnDaemon(home);
		const [code, text] = await ending(second);
		assert.equal(code, 1);
		assert.match(text, /already as process \d+/);
	});

	it("brings a killed database server and a killed daemon back, with the data", async () => {
		const { id, outputs } = await create(instanceType, instance(ports[0]));
		const before = await connect(outputs);
		await before.query("CREATE TABLE kept AS SELECT 42 AS answer");
		await before.end();

		daemon?.kill("SIGKILL");
		const pidFile = join(home, "cloud/rds/main/data/postmaster.pid");
		process.kill(
			Number(readFileSync(pidFile, "utf8").split("\n")[0]),
			"SIGKILL",
		);
		daemon = await startDaemon(home);

		const after = await connect(outputs);
		const { rows } = await after.query("SELECT answer FROM kept");
		assert.deepEqual(rows, [{ answer: 42 }]);
		await after.end();
		await ask("delete", { type: instanceType, id, outputs });
		await assert.rejects(connectOnly(ports[0]), /ECONNREFUSED/);
	});

	it("adopts a database server that outlived the daemon", async () => {
		const { id, outputs } = await create(instanceType, instance(ports[0]));
		const session = await connect(outputs);
		daemon?.kill("SIGTERM");
		await sleep(300);
		daemon = await startDaemon(home);
		const { rows } = await session.query("SELECT 1 AS one");
		assert.deepEqual(rows, [{ one: 1 }]);
		await session.end();
		await ask("delete", { type: instanceType, id, outputs });
	});

	it("gives the master what RDS gives it: roles and databases, but no superuser", async () => {
		const group = await create("aws:rds/parameterGroup:ParameterGroup", {
			name: "group",
			family: "postgres15",
			parameters: [
				{ name: "rds.logical_replication", value: "1" },
				{ name: "rds.force_ssl", value: "1" },
			],
		});
		const { id, outputs } = await create(instanceType, {
			...instance(ports[0]),
			parameterGroupName: group.id,
		});
		await assert.rejects(connect(outputs), /no encryption/);
		const client = await connect(outputs, { rejectUnauthorized: false });
		const { rows } = await client.query(
			"SELECT rolsuper, rolcreaterole, rolcreatedb, pg_has_role('pg_signal_backend', 'MEMBER') AS signals, current_setting('wal_level') AS wal FROM pg_roles WHERE rolname = current_user",
		);
		assert.deepEqual(rows, [
			{
				rolsuper: false,
				rolcreaterole: true,
				rolcreatedb: true,
				signals: true,
				wal: "logical",
			},
		]);
		await client.end();
		await ask("delete", { type: instanceType, id, outputs });
		await ask("delete", {
			type: "aws:rds/parameterGroup:ParameterGroup",
			id: group.id,
			outputs: group.outputs,
		});
	});

	it("moves a database to another port, refuses a taken one, and keeps a final snapshot", async () => {
		const first = instance(ports[0]);
		const { id, outputs } = await create(instanceType, first);
		const release = await occupy(ports[1]);
		const move = () =>
			ask("update", {
				type: instanceType,
				id,
				urn: "u",
				inputs: {
					...first,
					port: ports[1],
					skipFinalSnapshot: false,
					finalSnapshotIdentifier: "last",
				},
				oldInputs: first,
				outputs,
			});
		await assert.rejects(move(), new RegExp(`port ${ports[1]}.*database.port`));
		await release();
		const moved = (await move()).outputs as Record<string, unknown>;
		assert.equal(moved.endpoint, `127.0.0.1:${ports[1]}`);
		await (await connect(moved)).end();
		await assert.rejects(
			ask("delete", {
				type: instanceType,
				id,
				outputs: { ...moved, deletionProtection: true },
			}),
			/Cannot delete protected DB Instance/,
		);
		await ask("delete", { type: instanceType, id, outputs: moved });
		assert.ok(existsSync(join(home, "snapshots/last/data/PG_VERSION")));
	});

	it("keeps objects as the AWS SDK sends them", async () => {
		const bucket = await create(bucketType, { bucket: "uploads" });
		const s3 = new S3Client({
			endpoint: `http://127.0.0.1:${endpoint.port}`,
			region: "us-east-1",
			forcePathStyle: true,
			credentials: endpoint,
		});
		try {
			const at = { Bucket: "uploads", Key: "uploads/../ü 1.txt" };
			const body = Buffer.alloc(300_000, "a");
			const put = await s3.send(
				new PutObjectCommand({ ...at, Body: body, Metadata: { legacy: "7" } }),
			);
			const head = await s3.send(new HeadObjectCommand(at));
			assert.equal(head.ETag, put.ETag);
			assert.equal(head.ContentLength, body.length);
			assert.deepEqual(head.Metadata, { legacy: "7" });
			const got = await s3.send(new GetObjectCommand(at));
			assert.deepEqual(
				Buffer.from((await got.Body?.transformToByteArray()) ?? []),
				body,
			);
			const listed = await s3.send(
				new ListObjectsV2Command({ Bucket: "uploads", Prefix: "uploads/" }),
			);
			assert.deepEqual(
				listed.Contents?.map((object) => object.Key),
				[at.Key],
			);
			await assert.rejects(
				ask("delete", {
					type: bucketType,
					id: bucket.id,
					outputs: bucket.outputs,
				}),
				/BucketNotEmpty/,
			);
			await s3.send(new DeleteObjectCommand(at));
			await assert.rejects(s3.send(new GetObjectCommand(at)), {
				name: "NoSuchKey",
			});
			await assert.rejects(
				s3.send(new ListObjectsV2Command({ Bucket: "none" })),
				{ name: "NoSuchBucket" },
			);
		} finally {
			s3.destroy();
		}
		await ask("delete", {
			type: bucketType,
			id: bucket.id,
			outputs: bucket.outputs,
		});
	});

	it("writes every call down, without secrets", async () => {
		const secret = await create(secretType, { name: "jwt" });
		await awsApi(endpoint, "secretsmanager.PutSecretValue", {
			SecretId: secret.id,
			SecretString: "s3cret-value",
		});
		const text = readFileSync(join(home, "cloud/calls.jsonl"), "utf8");
		assert.match(text, /secretsmanager.PutSecretValue/);
		assert.doesNotMatch(text, /s3cret-value/);
		await ask("delete", { type: secretType, ...secret });
	});

	it("ends itself and leaves nothing once its last resource is deleted", async () => {
		const ended = ending(daemon);
		await ask("delete", { type: vpcType, ...keeper });
		const [code] = await ended;
		assert.equal(code, 0);
		assert.deepEqual((await readdir(home)).sort(), [
			"endpoint.json",
			"snapshots",
		]);
		await assert.rejects(connectOnly(endpoint.port), /ECONNREFUSED/);
	});

	it("names the port that another program holds", async () => {
		const release = await occupy(endpoint.port);
		try {
			const [code, text] = await ending(spawnDaemon(home));
			assert.equal(code, 1);
			assert.match(text, new RegExp(`port ${endpoint.port}.*endpoint.json`));
		} finally {
			await release();
		}
	});
});

function spawnDaemon(home: string): ChildProcess {
	return spawn(
		process.execPath,
		["--import", "tsx", join(checkout, "rehearsal/cloud/laptopd.ts")],
		{
			cwd: checkout,
			env: { ...process.env, TRUSTED_LOGIN_HOME: home },
			stdio: ["ignore", "ignore", "pipe"],
		},
	);
}

/** Resolves when the daemon takes requests and everything is back. */
async function startDaemon(home: string): Promise<ChildProcess> {
	const child = spawnDaemon(home);
	let text = "";
	child.stderr?.on("data", (chunk) => {
		text += chunk;
	});
	for (let i = 0; i < 400 && !text.includes("laptop cloud on"); i++) {
		if (child.exitCode !== null) throw new Error(`laptopd ended: ${text}`);
		await sleep(50);
	}
	return child;
}

async function ending(
	child: ChildProcess | undefined,
): Promise<[number | null, string]> {
	if (child === undefined) throw new Error("no process");
	let text = "";
	child.stderr?.on("data", (chunk) => {
		text += chunk;
	});
	const code = await new Promise<number | null>((resolve) =>
		child.once("close", resolve),
	);
	return [code, text];
}

async function connectOnly(port: number | undefined): Promise<void> {
	const client = new pg.Client({ host: "127.0.0.1", port: port ?? 0 });
	await client.connect();
}

/** Holds a port; answers how to give it back. */
async function occupy(port: number | undefined): Promise<() => Promise<void>> {
	const server = createServer().listen(port, "127.0.0.1");
	await once(server, "listening");
	return () => new Promise((resolve) => server.close(() => resolve()));
}
