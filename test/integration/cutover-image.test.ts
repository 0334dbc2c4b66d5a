import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { listFiles, readFile } from "../../cutover/src/reports/open.ts";
import { verbs } from "../../cutover/src/verbs/index.ts";
import { createLaptopServer } from "../../rehearsal/cloud/daemon/server.ts";
import { pushImage } from "../../rehearsal/cloud/ecr/registry.ts";
import type { Endpoint } from "../../rehearsal/engine/places.ts";
import { freePort } from "../../rehearsal/freePort.ts";
import { buildImages } from "../../rehearsal/images/build.ts";
import { restoreEnvironment } from "../environment.ts";
import {
	createPair,
	dropPair,
	type Pair,
	soundUsers,
	startMigrationServer,
} from "./cutoverFixture.ts";
import { TestLaptop } from "./ecs/laptop.ts";
import type { TestServer } from "./postgres.ts";

const call = promisify(execFile);

const repository = "trusted-login-cutover";
const address = "s3://job-reports/reports";

interface Ran {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
}

describe("the migration image", function () {
	this.timeout(180_000);
	let folder: string;
	let program: string;

	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-image-"));
		const images = await buildImages("1.0.0", folder);
		program = join(images[repository], "cutover.mjs");
	});
	after(() => rm(folder, { recursive: true, force: true }));

	/** A verb as the image runs it: nothing of this checkout beside it, settings by environment alone. */
	const run = async (
		words: readonly string[],
		env: Readonly<Record<string, string>>,
	): Promise<Ran> => {
		const home = join(folder, "home");
		await mkdir(home, { recursive: true });
		return await new Promise((resolve) => {
			execFile(
				process.execPath,
				[program, ...words],
				{ env: { PATH: programs, HOME: home, ...env }, cwd: home },
				(error, stdout, stderr) => {
					const exitCode = error === null ? 0 : Number(error.code ?? 128);
					resolve({ exitCode, stdout, stderr });
				},
			);
		});
	};

	for (const { name } of verbs) {
		it(`has all that ${name} is made of`, async () => {
			const ran = await run(name.split(" "), {});
			const said = `${ran.stdout}${ran.stderr}`;
			assert.doesNotMatch(
				said,
				/cannot find (module|package)|ERR_MODULE|ENOENT|is not a function|is not defined|not supported/i,
			);
			assert.ok([0, 1, 2, 3].includes(ran.exitCode), said);
		});
	}

	it("has what draws a picture's PNG, with its letters", () => {
		const load = createRequire(program);
		const { Resvg } = load("@resvg/resvg-js");
		const fonts = dirname(load.resolve("dejavu-fonts-ttf/package.json"));
		const fontFiles = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((name) =>
			join(fonts, "ttf", name),
		);
		const draw = (text: string): Buffer => {
			const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="99" height="30"><text y="20" font-family="DejaVu Sans">${text}</text></svg>`;
			const font = { fontFiles, loadSystemFonts: false };
			return Buffer.from(new Resvg(svg, { font }).render().asPng());
		};
		assert.equal(draw("p95").subarray(1, 4).toString(), "PNG");
		assert.notDeepEqual(draw("p95"), draw("p50"));
	});

	describe("as a task of ECS", () => {
		let laptop: TestLaptop;
		let api: Server;
		let databases: TestServer;
		let pair: Pair;
		let workstation: Record<string, string>;
		let definition: (
			command: readonly string[],
			env?: Readonly<Record<string, string>>,
		) => Promise<string>;
		let undo: () => void;

		before(async () => {
			const before = { ...process.env };
			undo = () => {
				restoreEnvironment(before);
			};
			const port = await freePort();
			const endpoint: Endpoint = {
				port,
				accessKeyId: "key",
				secretAccessKey: "secret",
				token: "token",
			};
			laptop = new TestLaptop(endpoint);
			api = createLaptopServer({
				endpoint,
				laptop: laptop.laptop,
				ready: Promise.resolve(),
				own: {},
				beforeRequest: () => undefined,
				afterRequest: () => undefined,
			});
			api.listen(port, "127.0.0.1");
			await once(api, "listening");
			workstation = {
				AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
				AWS_REGION: "us-east-1",
				AWS_ACCESS_KEY_ID: endpoint.accessKeyId,
				AWS_SECRET_ACCESS_KEY: endpoint.secretAccessKey,
			};
			Object.assign(process.env, workstation);
			databases = await startMigrationServer();
			pair = await createPair(databases, { seed: soundUsers(30) });
			await laptop.make("aws:ecr/repository:Repository", repository, {
				name: repository,
				forceDelete: true,
			});
			await laptop.make("aws:cloudwatch/logGroup:LogGroup", "jobs", {
				name: "/jobs",
			});
			await laptop.make("aws:ecs/cluster:Cluster", "main", { name: "main" });
			await laptop.make("aws:s3/bucket:Bucket", "job-reports", {
				bucket: "job-reports",
				forceDestroy: true,
			});
			const image = join(folder, repository);
			const { digest } = pushImage(repository, image, "1.0.0");
			definition = async (command, env = {}) => {
				const environment = {
					SOURCE_DATABASE_URL: pair.source,
					TARGET_DATABASE_URL: pair.target,
					CUTOVER_REPORT_DIR: address,
					CUTOVER_JSON: "true",
					TMPDIR: folder,
					...env,
				};
				const container = {
					name: "job",
					image: `000000000000.dkr.ecr.us-east-1.amazonaws.com/${repository}@${digest}`,
					command,
					environment: Object.entries(environment).map(([name, value]) => ({
						name,
						value,
					})),
					logConfiguration: {
						logDriver: "awslogs",
						options: {
							"awslogs-group": "/jobs",
							"awslogs-stream-prefix": "job",
						},
					},
				};
				const made = await laptop.make(
					"aws:ecs/taskDefinition:TaskDefinition",
					command.join("-"),
					{
						family: command.join("-"),
						cpu: "256",
						memory: "512",
						networkMode: "awsvpc",
						requiresCompatibilities: ["FARGATE"],
						containerDefinitions: JSON.stringify([container]),
					},
				);
				return String(made.outputs.arn);
			};
		});
		after(async () => {
			await dropPair(pair);
			await databases.stop();
			await laptop.close();
			api.closeAllConnections();
			await new Promise((resolve) => api.close(resolve));
			undo();
		});

		/** `cutover job run` from a workstation, as the program starts it. */
		const job = async (
			command: readonly string[],
			env?: Readonly<Record<string, string>>,
		) =>
			await run(["job", "run"], {
				...workstation,
				CUTOVER_CLUSTER: "main",
				CUTOVER_TASK_DEFINITION: await definition(command, env),
				CUTOVER_SUBNETS: "subnet-1",
				CUTOVER_SECURITY_GROUPS: "sg-1",
				CUTOVER_LOG_GROUP: "/jobs",
				CUTOVER_TIMEOUT_SECONDS: "120",
			});
		const json = async (name: string): Promise<{ outcome?: unknown }> => {
			const bytes = await readFile(address, name, 1_000_000);
			assert.ok(bytes, `${name} is not there`);
			return JSON.parse(bytes.toString());
		};

		it("converts, then validates, and leaves the report in the bucket", async () => {
			const converted = await job(["convert"]);
			assert.equal(converted.exitCode, 0, converted.stderr);
			const validated = await job(["validate"]);
			assert.equal(validated.exitCode, 0, validated.stderr);
			const { outcome } = await json("validate.json");
			assert.equal(outcome, "passed");
			const names = (await listFiles(address)).map(({ name }) => name);
			assert.deepEqual(names, [
				"results/convert.json",
				"results/validate.json",
				"status.html",
				"validate-rows.jsonl",
				"validate.json",
				"validate.md",
			]);
			assert.match(
				validated.stderr,
				/Source and target agree \(s3:\/\/job-reports\/reports\/validate\.md\)/,
			);
		});

		it("takes stock and compares the schema, both into the bucket", async () => {
			const inventory = await job(["inventory"], {
				CUTOVER_PG_DUMP: "/usr/lib/postgresql/15/bin/pg_dump",
			});
			// Nobody answered the checklist: 3, and everything is written all the same.
			assert.equal(inventory.exitCode, 3, inventory.stderr);
			await json("legacy_inventory.json");
			const diff = await job(["schema", "diff"]);
			assert.ok([0, 1].includes(diff.exitCode), diff.stderr);
			await json("schema-diff.json");
		});

		/** `validate` of the image on this machine, with a limit for the size of files. */
		const validateHere = async (reportDir: string, fileBytes = "unlimited") =>
			await new Promise<Ran>((resolve) => {
				execFile(
					"prlimit",
					[`--fsize=${fileBytes}`, process.execPath, program, "validate"],
					{
						env: {
							PATH: programs,
							HOME: folder,
							SOURCE_DATABASE_URL: pair.source,
							TARGET_DATABASE_URL: pair.target,
							CUTOVER_REPORT_DIR: reportDir,
							CUTOVER_JSON: "true",
						},
					},
					(error, stdout, stderr) => {
						const exitCode = error === null ? 0 : Number(error.code ?? 128);
						resolve({ exitCode, stdout, stderr });
					},
				);
			});
		const reportCheck = ({ stdout }: Ran) => {
			const result: { checks: { name: string; actual: string }[] } =
				JSON.parse(stdout);
			assert.ok(result.checks.some(({ name }) => name === "user count"));
			return result.checks.find(({ name }) => name === "report")?.actual ?? "";
		};

		it("ends with 3 when no file of a report can be written, and prints what it found", async () => {
			const ran = await validateHere(join(folder, "limited"), "100");
			assert.equal(ran.exitCode, 3, ran.stderr);
			assert.match(
				reportCheck(ran),
				/^no report: cannot write reports to .*limited: this process may not write a file that big \(ulimit -f\)/,
			);
			assert.deepEqual(await filesIn(join(folder, "limited")), []);
		});

		it("ends with 3 on a full disk, saves the report elsewhere and leaves nothing half written", async () => {
			const disk = join(folder, "disk");
			await mkdir(disk);
			const isRoot = process.getuid?.() === 0;
			assert.ok(isRoot, "not run: mounting a small disk needs root");
			await call("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]);
			try {
				await writeFile(join(disk, "other"), Buffer.alloc(16_384));
				const ran = await validateHere(disk);
				assert.equal(ran.exitCode, 3, ran.stderr);
				const said = reportCheck(ran);
				assert.match(
					said,
					/^the report is in .*validate\.md of this machine: cannot write reports to .*disk: there is no room left on its disk; free some/,
				);
				const saved = /in (.*)\/validate\.md of/.exec(said)?.[1] ?? "";
				assert.deepEqual((await readdir(saved)).sort(), [
					"validate-rows.jsonl",
					"validate.json",
					"validate.md",
				]);
				await rm(saved, { recursive: true });
				assert.deepEqual(await filesIn(disk), ["other"]);
			} finally {
				await call("umount", [disk]);
			}
		});

		it("ends with 3 when the bucket refuses the report, the result in its log", async () => {
			const refused = await job(["validate"], {
				CUTOVER_REPORT_DIR: "s3://nobody-has-this/reports",
			});
			assert.equal(refused.exitCode, 3, refused.stderr);
			assert.match(
				refused.stderr,
				/"name":"report","outcome":"inconclusive","expected":"kept in s3:\/\/nobody-has-this\/reports"/,
			);
			assert.match(refused.stderr, /"name":"user count","outcome":"passed"/);
			assert.match(
				refused.stderr,
				/cannot write reports to s3:\/\/nobody-has-this\/reports: there is no bucket nobody-has-this/,
			);
		});
	});
});

/** Names of the files of a folder and of those below it. */
async function filesIn(folder: string): Promise<readonly string[]> {
	const entries = await readdir(folder, {
		recursive: true,
		withFileTypes: true,
	});
	return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const programs = ["/usr/lib/postgresql/15/bin", "/usr/bin", "/bin"].join(
	delimiter,
);
