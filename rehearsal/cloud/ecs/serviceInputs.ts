import { z } from "zod";
import type { Properties } from "../handler.ts";
import {
	type HookAction,
	pauseStages,
	type Stage,
	stages,
} from "./lifecycle.ts";

/** A service's inputs with defaults filled in. */
export interface ServiceInputs {
	readonly name?: string | undefined;
	readonly cluster: string;
	readonly taskDefinition: string;
	readonly desiredCount: number;
	readonly waitForSteadyState: boolean;
	readonly forceNewDeployment: boolean;
	readonly healthCheckGracePeriodSeconds: number;
	readonly bakeMinutes: number;
	readonly hooks: readonly HookSettings[];
	readonly loadBalancer?: LoadBalancing | undefined;
}

export interface HookSettings {
	readonly stages: readonly Stage[];
	readonly timeoutMinutes: number;
	readonly timeoutAction: HookAction;
}

export interface LoadBalancing {
	readonly targetGroupArn: string;
	readonly containerName: string;
	readonly containerPort: number;
	readonly alternateTargetGroupArn: string;
	readonly productionListenerRule: string;
	readonly testListenerRule?: string | undefined;
	readonly roleArn: string;
}

const minutes = z.coerce
	.number()
	.int("minutes are whole")
	.min(0)
	.max(1440, "at most 1440 minutes");

const hookSchema = z.strictObject({
	targetType: z.literal(
		"PAUSE",
		"the laptop cloud has PAUSE hooks only (AWS_LAMBDA is the default)",
	),
	lifecycleStages: z
		.array(
			z
				.enum(stages)
				.refine(
					(stage) => pauseStages.includes(stage),
					`a PAUSE hook is possible at ${pauseStages.join(", ")}`,
				),
		)
		.min(1),
	timeoutConfiguration: z
		.strictObject({
			timeoutInMinutes: z.coerce
				.number()
				.int()
				.min(1)
				.max(20_160)
				.default(1440),
			action: z.enum(["ROLLBACK", "CONTINUE"]).default("ROLLBACK"),
		})
		.prefault({}),
});

/** Strict where the laptop could otherwise ignore what a program relies on. */
export const serviceSchema = z.looseObject({
	name: z.string().optional(),
	cluster: z.string(),
	taskDefinition: z.string(),
	launchType: z.literal("FARGATE", "the laptop cloud runs FARGATE only"),
	schedulingStrategy: z.literal("REPLICA").default("REPLICA"),
	desiredCount: z.coerce.number().int().min(0).default(0),
	waitForSteadyState: z.boolean().default(false),
	forceNewDeployment: z.boolean().default(false),
	healthCheckGracePeriodSeconds: z.coerce.number().int().min(0).default(0),
	networkConfiguration: z.looseObject({
		subnets: z.array(z.string()).min(1),
	}),
	deploymentController: z.looseObject({ type: z.literal("ECS") }).optional(),
	deploymentCircuitBreaker: z
		.undefined(
			"InvalidParameterException: the deployment circuit breaker can only be used with rolling updates, not with BLUE_GREEN",
		)
		.optional(),
	alarms: z.undefined("the laptop cloud has no alarms").optional(),
	serviceConnectConfiguration: z
		.undefined("the laptop cloud has no Service Connect")
		.optional(),
	deploymentConfiguration: z.strictObject({
		strategy: z.literal(
			"BLUE_GREEN",
			"the laptop cloud deploys BLUE_GREEN only",
		),
		bakeTimeInMinutes: minutes.default(0),
		lifecycleHooks: z.array(hookSchema).default([]),
	}),
	loadBalancers: z
		.array(
			z.looseObject({
				targetGroupArn: z.string(),
				containerName: z.string(),
				containerPort: z.coerce.number().int(),
				advancedConfiguration: z.strictObject({
					alternateTargetGroupArn: z.string(),
					productionListenerRule: z.string(),
					testListenerRule: z.string().optional(),
					roleArn: z.string(),
				}),
			}),
		)
		.max(1, "the laptop cloud takes one load balancer per service")
		.default([]),
});

/** @throws ZodError when the inputs are not a service that the laptop can run */
export function serviceInputs(inputs: Properties): ServiceInputs {
	const given = serviceSchema.parse(inputs);
	const [balancer] = given.loadBalancers;
	return {
		name: given.name,
		cluster: given.cluster,
		taskDefinition: given.taskDefinition,
		desiredCount: given.desiredCount,
		waitForSteadyState: given.waitForSteadyState,
		forceNewDeployment: given.forceNewDeployment,
		healthCheckGracePeriodSeconds: given.healthCheckGracePeriodSeconds,
		bakeMinutes: given.deploymentConfiguration.bakeTimeInMinutes,
		hooks: given.deploymentConfiguration.lifecycleHooks.map(
			({ lifecycleStages, timeoutConfiguration }) => ({
				stages: lifecycleStages,
				timeoutMinutes: timeoutConfiguration.timeoutInMinutes,
				timeoutAction: timeoutConfiguration.action,
			}),
		),
		loadBalancer: balancer && {
			targetGroupArn: balancer.targetGroupArn,
			containerName: balancer.containerName,
			containerPort: balancer.containerPort,
			...balancer.advancedConfiguration,
		},
	};
}
