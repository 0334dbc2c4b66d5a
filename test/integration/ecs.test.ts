import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { tasks } from "../../rehearsal/cloud/ecs/model.ts";
import type { Properties } from "../../rehearsal/cloud/handler.ts";
import { identifyProcess } from "../../rehearsal/cloud/processes.ts";
import { type Made, TestLaptop } from "./ecs/laptop.ts";
import { ask, startLoad } from "./ecs/load.ts";
import {
	answerPause,
	newestDeployment,
	pausedDeployment,
	type Stage,
	setStage,
} from "./ecs/service.ts";

const pause: Properties = {
	targetType: "PAUSE",
	lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
	timeoutConfiguration: { timeoutInMinutes: "12", action: "ROLLBACK" },
};

describe("an ECS service of the laptop cloud", function () {
	this.timeout(60_000);
	let laptop: TestLaptop;
	let stage: Stage;
	let service: Made;
	let one: string;
	let two: string;

	before(async () => {
		laptop = new TestLaptop();
		stage = await setStage(laptop, [pause]);
		one = await stage.definition(laptop.image("one"));
		two = await stage.definition(laptop.image("two"));
		[service] = await Promise.all([
			laptop.make(
				"aws:ecs/service:Service",
				"web",
				stage.serviceInputs({ taskDefinition: one }),
			),
			answerPause(laptop, "CONTINUE"),
		]);
	});

	after(async () => {
		const { home } = laptop;
		await laptop.close();
		const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
		assert.ok(!processes.includes(home), "a task outlived its service");
		await assert.rejects(
			ask(stage.production, { agent: false }),
			/ECONNREFUSED/,
		);
	});

	const deploy = (taskDefinition: string, over: Properties = {}) =>
		laptop.change(service, {
			...stage.serviceInputs({ taskDefinition }),
			...over,
		});
	const release = async (url: string) => (await ask(url)).release;
	const runningTasks = async () => {
		const answer = await laptop.ecs("ListTasks", {
			cluster: "main",
			serviceName: "web",
		});
		return (answer.taskArns as string[]).length;
	};

	it("runs its first release on both listeners", async () => {
		assert.equal(await release(stage.production), "one");
		assert.equal(await release(stage.test), "one");
		assert.equal(await runningTasks(), 2);
		const described = await laptop.ecs("DescribeServices", {
			cluster: "main",
			services: ["web", "other"],
		});
		const [found] = described.services as Properties[];
		assert.equal(found?.runningCount, 2);
		assert.equal(found?.taskDefinition, one);
		assert.deepEqual(described.failures, [{ arn: "other", reason: "MISSING" }]);
	});

	it("goes to the next release under load without a failed request", async () => {
		const load = startLoad(stage.production);
		const [changed, atPause] = await Promise.all([
			deploy(two),
			(async () => {
				const { deployment, hook } = await pausedDeployment(laptop);
				const seen = {
					production: await release(stage.production),
					test: await release(stage.test),
					tasks: await runningTasks(),
					stage: deployment.lifecycleStage,
					action: hook.timeoutAction,
				};
				await answerPause(laptop, "CONTINUE");
				return seen;
			})(),
		]);
		service = changed;
		await new Promise((resolve) => setTimeout(resolve, 500));
		const { answers, failures } = await load.stop();
		assert.deepEqual(failures, []);
		assert.deepEqual(atPause, {
			production: "one",
			test: "two",
			tasks: 4,
			stage: "POST_TEST_TRAFFIC_SHIFT",
			action: "ROLLBACK",
		});
		const releases = new Set(answers.map((answer) => answer.release));
		assert.deepEqual(releases, new Set(["one", "two"]));
		assert.equal(await release(stage.production), "two");
		assert.equal(await runningTasks(), 2);
		const slow = answers.filter(({ ms }) => ms > 2_500);
		assert.ok(slow.length > 0, "no slow upload was under way");
		assert.ok(slow.every(({ body }) => JSON.parse(body).bytes === 300));
	});

	it("shows a refresh the weights that the deployment moved", async () => {
		const { actions } = await laptop.read(stage.productionRule);
		const [action] = actions as [
			{ forward: { targetGroups: { weight: number }[] } },
		];
		const weights = action.forward.targetGroups.map(({ weight }) => weight);
		assert.deepEqual(weights, [0, 100]);
	});

	it("maps a deployment to the task definition it deployed", async () => {
		const deployment = await newestDeployment(laptop);
		const target = deployment.targetServiceRevision as Properties;
		const described = await laptop.ecs("DescribeServiceRevisions", {
			serviceRevisionArns: [target.arn],
		});
		const [revision] = described.serviceRevisions as Properties[];
		assert.equal(revision?.taskDefinition, two);
		assert.equal(deployment.status, "SUCCESSFUL");
	});

	it("goes back when the hook is answered with ROLLBACK", async () => {
		await Promise.all([
			assert.rejects(deploy(one), {
				name: "DeploymentFailedError",
				message: /ROLLBACK_SUCCESSFUL: .*answered with ROLLBACK/,
			}),
			answerPause(laptop, "ROLLBACK"),
		]);
		assert.equal(await release(stage.production), "two");
		assert.equal(await release(stage.test), "two");
		assert.equal(await runningTasks(), 2);
	});

	it("goes back when nobody answers the hook in time", async () => {
		await assert.rejects(
			deploy(one),
			/POST_TEST_TRAFFIC_SHIFT was not answered within 12 minutes/,
		);
		assert.equal(await release(stage.production), "two");
	});

	it("goes back when it is stopped, and says so once", async () => {
		await Promise.all([
			assert.rejects(deploy(one), /Service deployment stopped by user/),
			(async () => {
				const { deployment } = await pausedDeployment(laptop);
				const { serviceDeploymentArn } = deployment;
				const stop = { serviceDeploymentArn, stopType: "ROLLBACK" };
				await laptop.ecs("StopServiceDeployment", stop);
				await assert.rejects(
					laptop.ecs("StopServiceDeployment", stop),
					/ConflictException/,
				);
			})(),
		]);
		assert.equal(await release(stage.production), "two");
	});

	it("goes back from a release that crashes, quoting its last log line", async () => {
		const image = laptop.image("three", "cannot reach the database");
		const three = await stage.definition(image);
		await assert.rejects(
			deploy(three),
			/web exited with 3; last log lines: cannot reach the database/,
		);
		assert.equal(await release(stage.production), "two");
		assert.equal(await runningTasks(), 2);
		const { events } = await describeService();
		const messages = (events as Properties[]).map(({ message }) => message);
		assert.match(messages.join("\n"), /ROLLBACK_SUCCESSFUL/);
	});

	it("goes back when a fault hits a stage", async () => {
		laptop.laptop.faults.add([
			{
				type: "aws:ecs/service:Service",
				operation: "update",
				stage: "SCALE_UP",
				action: "fail",
				message: "no capacity",
			},
		]);
		await assert.rejects(deploy(one), /ROLLBACK_SUCCESSFUL: no capacity/);
		assert.equal(await runningTasks(), 2);
	});

	it("replaces a task that dies", async () => {
		const list = await laptop.ecs("ListTasks", { cluster: "main" });
		const [victim] = list.taskArns as string[];
		await laptop.ecs("StopTask", { cluster: "main", task: victim });
		await until(async () => {
			const { runningCount, pendingCount } = await describeService();
			const tasks = await laptop.ecs("ListTasks", { cluster: "main" });
			return (
				runningCount === 2 &&
				pendingCount === 0 &&
				!(tasks.taskArns as string[]).includes(victim ?? "")
			);
		});
	});

	it("changes only the number of tasks without a deployment", async () => {
		const { serviceDeploymentArn } = await newestDeployment(laptop);
		service = await deploy(two, { desiredCount: 1 });
		assert.equal(await runningTasks(), 1);
		const newest = await newestDeployment(laptop);
		assert.equal(newest.serviceDeploymentArn, serviceDeploymentArn);
	});

	it("goes on with a paused deployment after a restart", async () => {
		const deploying = deploy(one).catch((error: unknown) => error);
		const { deployment } = await pausedDeployment(laptop);
		await laptop.restart();
		await answerPause(laptop, "CONTINUE");
		await until(
			async () => (await newestDeployment(laptop)).status === "SUCCESSFUL",
		);
		const { serviceDeploymentArn } = await newestDeployment(laptop);
		assert.equal(serviceDeploymentArn, deployment.serviceDeploymentArn);
		assert.equal(await release(stage.production), "one");
		assert.match(String(await deploying), /DeploymentFailedError.*IN_PROGRESS/);
	});

	describe("asked again for what an engine that died had begun", () => {
		/** Both calls and the deployment that they share. */
		const deployTwice = async () => {
			const died = deploy(two).catch((error: unknown) => error);
			const { deployment } = await pausedDeployment(laptop);
			const arn = String(deployment.serviceDeploymentArn);
			return { died, again: deploy(two), arn };
		};

		it("fails with it when its hook is answered with ROLLBACK", async () => {
			const { died, again } = await deployTwice();
			await Promise.all([
				assert.rejects(again, /answered with ROLLBACK/),
				answerPause(laptop, "ROLLBACK"),
			]);
			assert.match(String(await died), /answered with ROLLBACK/);
			assert.equal(await release(stage.production), "one");
		});

		it("begins anew when nobody was left to answer its hook", async () => {
			const { died, again, arn } = await deployTwice();
			assert.match(String(await died), /was not answered within 12 minutes/);
			await pausedDeployment(laptop, arn);
			await answerPause(laptop, "CONTINUE");
			service = await again;
			assert.equal(await release(stage.production), "two");
		});
	});

	async function describeService(): Promise<Properties> {
		const answer = await laptop.ecs("DescribeServices", {
			cluster: "main",
			services: ["web"],
		});
		const [found] = answer.services as Properties[];
		return found ?? {};
	}
});

describe("the first deployment of an ECS service", function () {
	this.timeout(30_000);

	it("that fails leaves a service without tasks, which the next update deploys to", async () => {
		const laptop = new TestLaptop();
		const stage = await setStage(laptop);
		const bad = await stage.definition(laptop.image("bad", "no database"));
		const inputs = stage.serviceInputs({ taskDefinition: bad });
		const service = await laptop.makeBadly(
			"aws:ecs/service:Service",
			"web",
			inputs,
			/ROLLBACK_FAILED: .*last log lines: no database/,
		);
		assert.equal((await ask(stage.production)).status, 503);
		const good = await stage.definition(laptop.image("good"));
		await laptop.change(service, {
			...inputs,
			taskDefinition: good,
			forceNewDeployment: true,
		});
		assert.equal((await ask(stage.production)).release, "good");
		await laptop.close();
	});
});

describe("an ECS task of its own", function () {
	this.timeout(30_000);
	let laptop: TestLaptop;
	let stage: Stage;

	before(async () => {
		laptop = new TestLaptop();
		stage = await setStage(laptop);
	});
	after(() => laptop.close());

	const networkConfiguration = {
		awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: [] },
	};
	const run = async (taskDefinition: string, overrides: Properties = {}) => {
		const answer = await laptop.ecs("RunTask", {
			cluster: "main",
			taskDefinition,
			launchType: "FARGATE",
			networkConfiguration,
			overrides,
		});
		const [task] = answer.tasks as Properties[];
		return String(task?.taskArn);
	};
	const describeTask = async (arn: string) => {
		const answer = await laptop.ecs("DescribeTasks", {
			cluster: "main",
			tasks: [arn],
		});
		const [task] = answer.tasks as Properties[];
		return task ?? {};
	};
	const stopped = async (arn: string) => {
		await until(async () => (await describeTask(arn)).lastStatus === "STOPPED");
		return await describeTask(arn);
	};

	it("ends with its exit code and reason", async () => {
		const crash = await stage.definition(laptop.image("c", "bye"));
		const task = await stopped(await run(crash));
		const [container] = task.containers as Properties[];
		assert.equal(container?.exitCode, 3);
		assert.equal(task.stopCode, "EssentialContainerExited");
		assert.equal(task.stoppedReason, "Essential container in task exited");
		assert.ok(Number(task.startedAt) > 1_700_000_000);
		assert.ok(Number(task.startedAt) < 4_000_000_000);
	});

	it("takes its environment from the overrides", async () => {
		const fine = await stage.definition(laptop.image("f"));
		const task = await stopped(
			await run(fine, {
				containerOverrides: [
					{ name: "web", environment: [{ name: "CRASH", value: "told to" }] },
				],
			}),
		);
		const [container] = task.containers as Properties[];
		assert.equal(container?.exitCode, 3);
	});

	it("is ended by StopTask", async () => {
		const arn = await run(await stage.definition(laptop.image("s")));
		await until(async () => (await describeTask(arn)).lastStatus === "RUNNING");
		await laptop.ecs("StopTask", {
			cluster: "main",
			task: arn,
			reason: "enough",
		});
		const task = await stopped(arn);
		assert.equal(task.stopCode, "UserInitiated");
		assert.equal(task.stoppedReason, "enough");
	});

	it("ends as a whole when its essential container ends", async () => {
		const exit = ["node", "-e", "setTimeout(() => process.exit(7), 500)"];
		const definition = await stage.definition(
			laptop.image("w"),
			{ entryPoint: exit },
			{ name: "sidecar", essential: false, entryPoint: ["node", "server.mjs"] },
		);
		const { containers } = await stopped(await run(definition));
		const codes = (containers as Properties[]).map(({ exitCode }) => exitCode);
		assert.deepEqual(codes, [7, 0]);
	});

	it("is killed when it does not end within its stop timeout", async () => {
		const stubborn =
			"process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
		const arn = await run(
			await stage.definition(laptop.image("k"), {
				entryPoint: ["node", "-e", stubborn],
				stopTimeout: 1,
			}),
		);
		await until(async () => (await describeTask(arn)).lastStatus === "RUNNING");
		await new Promise((resolve) => setTimeout(resolve, 300));
		await laptop.ecs("StopTask", { cluster: "main", task: arn });
		const [container] = (await stopped(arn)).containers as Properties[];
		assert.equal(container?.exitCode, 137);
	});

	it("that outlived a killed laptop cloud is ended by the next one", async () => {
		const orphan = spawn(
			process.execPath,
			["-e", "setInterval(() => {}, 1000)"],
			{ detached: true, stdio: "ignore" },
		);
		const ended = once(orphan, "exit");
		const identity = identifyProcess(orphan.pid ?? 0);
		const { cloud } = laptop.laptop;
		const clusterArn = "arn:aws:ecs:us-east-1:000000000000:cluster/main";
		const task = tasks.put(cloud, {
			arn: "arn:aws:ecs:us-east-1:000000000000:task/main/orphan",
			clusterArn,
			definitionArn: "web:1",
			group: "family:web",
			overrides: {},
			createdAt: Date.now(),
			lastStatus: "RUNNING",
			desiredStatus: "RUNNING",
			containers: [
				{ name: "web", image: "", lastStatus: "RUNNING", process: identity },
			],
		});
		await laptop.restart();
		await ended;
		const found = await describeTask(task.arn);
		assert.equal(found.lastStatus, "STOPPED");
		assert.equal(found.stoppedReason, "the laptop cloud was restarted");
	});

	it("fails to start without its secret, and says which", async () => {
		const valueFrom =
			"arn:aws:secretsmanager:us-east-1:000000000000:secret:none-abcdef";
		const definition = await stage.definition(laptop.image("n"), {
			secrets: [{ name: "PASSWORD", valueFrom }],
		});
		const task = await stopped(await run(definition));
		assert.equal(task.stopCode, "TaskFailedToStart");
		assert.match(
			String(task.stoppedReason),
			/ResourceInitializationError: unable to pull secrets.*specified secret/,
		);
	});

	it("is refused without a network, a cluster, or a definition", async () => {
		const definition = await stage.definition(laptop.image("r"));
		const call = (over: Properties) =>
			laptop.ecs("RunTask", {
				cluster: "main",
				taskDefinition: definition,
				launchType: "FARGATE",
				networkConfiguration,
				...over,
			});
		await assert.rejects(
			call({ networkConfiguration: undefined }),
			/InvalidParameterException.*Network Configuration must be provided/s,
		);
		await assert.rejects(call({ cluster: "x" }), /ClusterNotFoundException/);
		await assert.rejects(call({ taskDefinition: "x:1" }), /ClientException/);
	});
});

async function until(holds: () => Promise<boolean>): Promise<void> {
	const deadline = Date.now() + 20_000;
	while (!(await holds())) {
		assert.ok(Date.now() < deadline, "waited in vain");
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
