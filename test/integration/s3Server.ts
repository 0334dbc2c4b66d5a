import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../../rehearsal/freePort.ts";
import { ensureS3Server } from "../../rehearsal/s3/build.ts";
import {
	CreateBucketCommand,
	PutBucketPolicyCommand,
	S3Client,
} from "./s3Admin.mjs";

const run = promisify(execFile);

/** A real S3 server that nobody here wrote, on the loopback; its buckets are folders. */
export interface S3Server {
	readonly region: string;
	/** Where it keeps buckets: `<root>/<bucket>/<key>` is an object. */
	readonly root: string;
	/** Environment of a program that uses it as its administrator, or as somebody else. */
	environment(user?: string): Readonly<Record<string, string>>;
	/** Makes an account that owns nothing; its secret is its name with `-secret`. */
	addUser(name: string): Promise<void>;
	makeBucket(name: string): Promise<void>;
	/** Allows an account what lies below a path of a bucket (`run/*`), and nothing else there. */
	allow(
		bucket: string,
		user: string,
		actions: readonly string[],
		path: string,
	): Promise<void>;
	stop(): Promise<void>;
}

const admin = "administrator";
const region = "eu-central-1";

/** Starts a server in a folder of its own. @throws when it can neither be found nor built: these tests did then not run. */
export async function startS3Server(): Promise<S3Server> {
	const file = await ensureS3Server(() => undefined).catch((cause: unknown) => {
		throw new Error(
			`not run: ${cause instanceof Error ? cause.message : String(cause)}`,
			{ cause },
		);
	});
	const folder = await mkdtemp(join(tmpdir(), "cutover-s3-"));
	const inside = (name: string) => join(folder, name);
	await Promise.all(
		["buckets", "metadata", "accounts"].map((name) => mkdir(inside(name))),
	);
	const port = await freePort();
	const endpoint = `http://127.0.0.1:${port}`;
	const child = spawn(
		file,
		[
			...["--port", `127.0.0.1:${port}`, "--region", region, "--quiet"],
			...["--iam-dir", inside("accounts"), "--health", "/health"],
			...["posix", "--sidecar", inside("metadata"), inside("buckets")],
		],
		{
			env: { ROOT_ACCESS_KEY: admin, ROOT_SECRET_KEY: `${admin}-secret` },
			stdio: "ignore",
		},
	);
	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) {
			child.kill("SIGKILL");
			await once(child, "exit");
		}
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await untilHealthy(`${endpoint}/health`, () => child.exitCode !== null);
	} catch (error) {
		await stop();
		throw error;
	}
	const client = new S3Client({
		endpoint,
		region,
		forcePathStyle: true,
		credentials: { accessKeyId: admin, secretAccessKey: `${admin}-secret` },
	});
	return {
		region,
		root: inside("buckets"),
		environment: (user = admin) => ({
			AWS_ENDPOINT_URL: endpoint,
			AWS_REGION: region,
			AWS_ACCESS_KEY_ID: user,
			AWS_SECRET_ACCESS_KEY: `${user}-secret`,
		}),
		async addUser(name) {
			await run(
				file,
				[
					...["admin", "--endpoint-url", endpoint, "--region", region],
					...["create-user", "--access", name, "--role", "user"],
					...["--secret", `${name}-secret`],
				],
				{
					env: {
						ADMIN_ACCESS_KEY_ID: admin,
						ADMIN_SECRET_ACCESS_KEY: `${admin}-secret`,
					},
				},
			);
		},
		async makeBucket(name) {
			await client.send(new CreateBucketCommand({ Bucket: name }));
		},
		async allow(bucket, user, actions, path) {
			const statement = {
				Effect: "Allow",
				Principal: user,
				Action: actions,
				Resource: [`arn:aws:s3:::${bucket}/${path}`],
			};
			const policy = { Version: "2012-10-17", Statement: [statement] };
			await client.send(
				new PutBucketPolicyCommand({
					Bucket: bucket,
					Policy: JSON.stringify(policy),
				}),
			);
		},
		stop,
	};
}

async function untilHealthy(url: string, isOver: () => boolean): Promise<void> {
	for (let tries = 0; tries < 100 && !isOver(); tries++) {
		const answer = await fetch(url).catch(() => undefined);
		await answer?.body?.cancel();
		if (answer?.ok === true) return;
		await sleep(100);
	}
	throw new Error(`the S3 server does not answer at ${url}`);
}
