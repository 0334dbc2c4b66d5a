import { Service } from "@pulumi/aws/ecs/service.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceSize } from "@trusted-login/settings";
import type { Edge } from "../edge/edge.ts";
import { createSecurityGroup, type TcpRule } from "../network/securityGroup.ts";
import type { SecretReference } from "./container.ts";
import type { PinnedImage } from "./imageRepositories.ts";
import { createReleaseCheck } from "./releaseCheck.ts";
import { createServiceRoutes, type ServiceRoutes } from "./serviceRoutes.ts";
import { createTask, type Placement } from "./task.ts";
import { createRole, type Statement } from "./taskRoles.ts";

/** A service that is exchanged as a whole. */
export interface BlueGreenServiceArgs {
	/** How the smoke check talks to it. */
	readonly kind: "frontend" | "backend";
	readonly placement: Placement;
	readonly edge: Edge;
	/** Another digest deploys the idle colour and switches after its smoke check. */
	readonly image: PinnedImage;
	/** The name under which users reach it. A change moves the rules at once. */
	readonly domain: string;
	/** Its place among the listeners' rules. A change replaces the rules. */
	readonly priority: number;
	/** Port of the container. A change replaces the target groups. */
	readonly port: number;
	/** Answered with 200 by a task that may get traffic. */
	readonly healthPath: string;
	/** Tasks, CPU, memory and bake time; defaults in the settings. More tasks start in place, another size deploys. */
	readonly size: ServiceSize;
	readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
	readonly secrets: Readonly<Record<string, SecretReference>>;
	readonly statements: readonly Statement[];
	/** Ports that the tasks reach beside AWS itself. */
	readonly egress: readonly TcpRule[];
	/** What has to succeed before a deployment starts. */
	readonly after: readonly pulumi.Resource[];
	/** Opens what the tasks need, given their security group; a task starts afterwards. */
	readonly allowAccess?: (
		securityGroupId: pulumi.Output<string>,
	) => pulumi.Resource;
	/** Verifies the load balancer's certificate where no public authority has signed it. */
	readonly caFile: string | undefined;
}

/** Minutes until ECS rolls back a deployment whose smoke check gave no answer. */
const HOOK_TIMEOUT_MINUTES = 15;
const LOAD_BALANCER_POLICY =
	"arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";

/** An ECS service deployed blue-green: the idle colour is smoke-tested behind the test listener, then ECS shifts the traffic. */
export class BlueGreenService extends pulumi.ComponentResource {
	readonly serviceName: string;
	readonly taskDefinitionArn: pulumi.Output<string>;
	/** Known once the wanted revision is the live one. */
	readonly verdict: pulumi.Output<string>;

	constructor(
		name: string,
		args: BlueGreenServiceArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super(
			"trusted-login:ecs:BlueGreenService",
			name,
			{ domain: args.domain, port: args.port, size: args.size },
			opts,
		);

		const task = createTask(
			name,
			{ ...args, cpu: args.size.cpu, memoryMb: args.size.memoryMb },
			this,
		);
		const securityGroup = createServiceSecurityGroup(name, args, this);
		const access = args.allowAccess?.(securityGroup.id);
		const routes = createServiceRoutes(
			name,
			{
				...args,
				vpcId: args.placement.vpcId,
				productionListenerArn: args.edge.httpsListenerArn,
				testListenerArn: args.edge.testListenerArn,
			},
			this,
		);
		const shift = createShiftRole(name, this);
		// A task without its policies dies at its start; ECS without its own cannot shift, or shift back.
		const ready = [
			...task.ready,
			shift.policy,
			...(access ? [access] : []),
			...args.after,
		];
		const check = createReleaseCheck(
			name,
			{
				...args,
				clusterName: args.placement.clusterName,
				taskDefinitionArn: task.definitionArn,
				smokeUrl: pulumi.interpolate`https://${args.edge.dnsName}:${args.edge.testPort}`,
				timeoutMinutes: HOOK_TIMEOUT_MINUTES,
				// Whatever else makes ECS deploy again has to bring the smoke check along, or the hook times out.
				deploysWith: [
					args.placement.subnetIds,
					securityGroup.id,
					routes.blue.arn,
					routes.green.arn,
				],
				// Service and check start together: the check's patience must not run out before the deployment begins.
				after: [...ready, routes.production, routes.test],
			},
			this,
		);
		const service = createService(
			name,
			args,
			{
				taskDefinitionArn: task.definitionArn,
				securityGroupId: securityGroup.id,
				routes,
				shiftRoleArn: shift.role.arn,
				ready,
			},
			this,
		);
		const verified = check.verifyAfter(service);

		this.serviceName = name;
		this.taskDefinitionArn = task.definitionArn;
		this.verdict = verified.stdout;
		this.registerOutputs({
			serviceName: this.serviceName,
			taskDefinitionArn: this.taskDefinitionArn,
		});
	}
}

function createServiceSecurityGroup(
	name: string,
	args: BlueGreenServiceArgs,
	parent: BlueGreenService,
) {
	return createSecurityGroup(
		name,
		{
			vpcId: args.placement.vpcId,
			description: `${args.kind}: from the load balancer only`,
			ingress: [
				{
					name: "edge",
					port: args.port,
					peer: { securityGroupId: args.edge.securityGroupId },
				},
			],
			egress: [
				// Images, logs, secrets and S3 have no fixed addresses.
				{ name: "aws", port: 443, peer: { cidr: "0.0.0.0/0" } },
				...args.egress,
			],
		},
		parent,
	);
}

function createShiftRole(name: string, parent: BlueGreenService) {
	const role = createRole(`${name}-shift`, "ecs.amazonaws.com", parent);
	const policy = new RolePolicyAttachment(
		`${name}-shift`,
		{ role: role.name, policyArn: LOAD_BALANCER_POLICY },
		{ parent },
	);
	return { role, policy };
}

interface ServiceParts {
	readonly taskDefinitionArn: pulumi.Output<string>;
	readonly securityGroupId: pulumi.Output<string>;
	readonly routes: ServiceRoutes;
	readonly shiftRoleArn: pulumi.Output<string>;
	readonly ready: readonly pulumi.Resource[];
}

function createService(
	name: string,
	args: BlueGreenServiceArgs,
	parts: ServiceParts,
	parent: BlueGreenService,
): Service {
	const { routes } = parts;
	return new Service(
		name,
		{
			name,
			cluster: args.placement.clusterArn,
			taskDefinition: parts.taskDefinitionArn,
			desiredCount: args.size.desiredCount,
			launchType: "FARGATE",
			networkConfiguration: {
				subnets: args.placement.subnetIds,
				securityGroups: [parts.securityGroupId],
				assignPublicIp: false,
			},
			healthCheckGracePeriodSeconds: 60,
			deploymentConfiguration: {
				strategy: "BLUE_GREEN",
				bakeTimeInMinutes: String(args.size.bakeMinutes),
				lifecycleHooks: [
					{
						targetType: "PAUSE",
						lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
						timeoutConfiguration: {
							action: "ROLLBACK",
							timeoutInMinutes: String(HOOK_TIMEOUT_MINUTES),
						},
					},
				],
			},
			loadBalancers: [
				{
					containerName: name,
					containerPort: args.port,
					targetGroupArn: routes.blue.arn,
					advancedConfiguration: {
						alternateTargetGroupArn: routes.green.arn,
						productionListenerRule: routes.production.arn,
						testListenerRule: routes.test.arn,
						roleArn: parts.shiftRoleArn,
					},
				},
			],
			enableEcsManagedTags: true,
			propagateTags: "SERVICE",
			// Without it an update ends before the switch, and a rollback by ECS would pass for a success.
			waitForSteadyState: true,
			tags: { Name: name },
		},
		{ parent, dependsOn: [...parts.ready] },
	);
}
