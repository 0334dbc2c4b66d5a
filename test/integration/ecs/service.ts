import type { Properties } from "../../../rehearsal/cloud/handler.ts";
import { freePort } from "../../../rehearsal/freePort.ts";
import type { Made, TestLaptop } from "./laptop.ts";

/** A load balancer with a production and a test listener, two target groups, a cluster: all that a service needs. */
export interface Stage {
	readonly production: string;
	readonly test: string;
	readonly productionRule: Made;
	readonly cluster: string;
	readonly serviceInputs: (over: Properties) => Properties;
	readonly definition: (
		image: string,
		over?: Properties,
		sidecar?: Properties,
	) => Promise<string>;
}

export async function setStage(
	laptop: TestLaptop,
	hooks: readonly Properties[] = [],
): Promise<Stage> {
	await laptop.make("aws:ecr/repository:Repository", "app", {
		name: "app",
		forceDelete: true,
	});
	await laptop.make("aws:cloudwatch/logGroup:LogGroup", "app", {
		name: "/app",
	});
	const cluster = await laptop.make("aws:ecs/cluster:Cluster", "main", {
		name: "main",
	});
	const balancer = await laptop.make("aws:lb/loadBalancer:LoadBalancer", "lb", {
		name: "lb",
	});
	const group = (name: string) =>
		laptop.make("aws:lb/targetGroup:TargetGroup", name, {
			name,
			targetType: "ip",
			protocol: "HTTP",
			port: 80,
			vpcId: "vpc-1",
			deregistrationDelay: 10,
			healthCheck: { path: "/health", interval: 1, healthyThreshold: 1 },
		});
	const primary = await group("primary");
	const alternate = await group("alternate");
	const listener = async (name: string) => {
		const port = await freePort();
		const made = await laptop.make("aws:lb/listener:Listener", name, {
			loadBalancerArn: balancer.id,
			port,
			protocol: "HTTP",
			defaultActions: [
				{
					type: "fixed-response",
					fixedResponse: { contentType: "text/plain", statusCode: "404" },
				},
			],
		});
		const rule = await laptop.make("aws:lb/listenerRule:ListenerRule", name, {
			listenerArn: made.id,
			priority: 100,
			conditions: [{ pathPattern: { values: ["/*"] } }],
			actions: [
				{
					type: "forward",
					forward: {
						targetGroups: [
							{ arn: primary.id, weight: 100 },
							{ arn: alternate.id, weight: 0 },
						],
					},
				},
			],
		});
		return { url: `http://127.0.0.1:${port}`, rule };
	};
	const production = await listener("production");
	const test = await listener("test");
	return {
		production: production.url,
		test: test.url,
		productionRule: production.rule,
		cluster: "main",
		serviceInputs: (over) => ({
			name: "web",
			cluster: cluster.id,
			launchType: "FARGATE",
			desiredCount: 2,
			waitForSteadyState: true,
			networkConfiguration: { subnets: ["subnet-1"] },
			deploymentConfiguration: {
				strategy: "BLUE_GREEN",
				bakeTimeInMinutes: "1",
				lifecycleHooks: hooks,
			},
			loadBalancers: [
				{
					targetGroupArn: primary.id,
					containerName: "web",
					containerPort: 80,
					advancedConfiguration: {
						alternateTargetGroupArn: alternate.id,
						productionListenerRule: production.rule.id,
						testListenerRule: test.rule.id,
						roleArn: "arn:aws:iam::000000000000:role/ecs",
					},
				},
			],
			...over,
		}),
		async definition(image, over = {}, sidecar) {
			const container = {
				name: "web",
				image,
				stopTimeout: 5,
				portMappings: [{ containerPort: 80 }],
				logConfiguration: {
					logDriver: "awslogs",
					options: {
						"awslogs-group": "/app",
						"awslogs-stream-prefix": "web",
					},
				},
				...over,
			};
			const made = await laptop.make(
				"aws:ecs/taskDefinition:TaskDefinition",
				"web",
				{
					family: "web",
					cpu: "256",
					memory: "512",
					networkMode: "awsvpc",
					requiresCompatibilities: ["FARGATE"],
					containerDefinitions: JSON.stringify([
						container,
						...(sidecar ? [{ ...container, ...sidecar }] : []),
					]),
				},
			);
			return String(made.outputs.arn);
		},
	};
}

/** The newest deployment of the service, in full. */
export async function newestDeployment(
	laptop: TestLaptop,
): Promise<Properties> {
	const list = await laptop.ecs("ListServiceDeployments", {
		cluster: "main",
		service: "web",
	});
	const [newest] = list.serviceDeployments as Properties[];
	const described = await laptop.ecs("DescribeServiceDeployments", {
		serviceDeploymentArns: [newest?.serviceDeploymentArn],
	});
	const [deployment] = described.serviceDeployments as Properties[];
	return deployment ?? {};
}

/**
 * The deployment, once its PAUSE hook waits for an answer, and that hook.
 * @throws when none pauses within 20 s.
 */
export async function pausedDeployment(laptop: TestLaptop, known = "") {
	const deadline = Date.now() + 20_000;
	while (Date.now() < deadline) {
		const deployment = await newestDeployment(laptop).catch(() => undefined);
		const hooks = deployment?.lifecycleHookDetails as Properties[] | undefined;
		const hook = hooks?.find(({ status }) => status === "AWAITING_ACTION");
		if (deployment && hook && deployment.serviceDeploymentArn !== known) {
			return { deployment, hook };
		}
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error("no deployment paused within 20 s");
}

/** Answers the hook of the deployment that pauses next. */
export async function answerPause(
	laptop: TestLaptop,
	action: "CONTINUE" | "ROLLBACK",
): Promise<void> {
	const { deployment, hook } = await pausedDeployment(laptop);
	await laptop.ecs("ContinueServiceDeployment", {
		serviceDeploymentArn: deployment.serviceDeploymentArn,
		hookId: hook.hookId,
		action,
	});
}
