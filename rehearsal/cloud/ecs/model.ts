import { randomBytes } from "node:crypto";
import type { Cloud, Properties } from "../handler.ts";
import type { ProcessIdentity } from "../processes.ts";
import type { DeploymentState } from "./lifecycle.ts";

/** Times are milliseconds since 1970; the API gives them as seconds. */
export interface TaskDefinition {
	readonly arn: string;
	readonly family: string;
	readonly revision: number;
	readonly containerDefinitions: string;
	readonly cpu: string;
	readonly memory: string;
	readonly networkMode: string;
	readonly status: "ACTIVE" | "INACTIVE";
	readonly registeredAt: number;
	readonly executionRoleArn?: string | undefined;
	readonly taskRoleArn?: string | undefined;
}

export interface Task {
	readonly arn: string;
	readonly clusterArn: string;
	readonly definitionArn: string;
	/** `service:<name>` or `family:<name>`. */
	readonly group: string;
	readonly startedBy?: string | undefined;
	/** The service revision it runs for. */
	readonly revisionArn?: string | undefined;
	readonly overrides: Properties;
	readonly createdAt: number;
	readonly lastStatus:
		| "PROVISIONING"
		| "PENDING"
		| "RUNNING"
		| "STOPPING"
		| "STOPPED";
	readonly desiredStatus: "RUNNING" | "STOPPED";
	readonly startedAt?: number | undefined;
	readonly stoppingAt?: number | undefined;
	readonly stoppedAt?: number | undefined;
	readonly stopCode?: string | undefined;
	readonly stoppedReason?: string | undefined;
	readonly containers: readonly TaskContainer[];
	/** The last lines that its essential container wrote, kept for the reason of a failed deployment. */
	readonly lastLines?: readonly string[] | undefined;
}

export interface TaskContainer {
	readonly name: string;
	readonly image: string;
	readonly port?: number | undefined;
	readonly process?: ProcessIdentity | undefined;
	readonly exitCode?: number | undefined;
	readonly reason?: string | undefined;
	readonly lastStatus: "PENDING" | "RUNNING" | "STOPPED";
}

/** What a service revision was made of; it never changes. */
export interface Revision {
	readonly arn: string;
	readonly serviceArn: string;
	readonly taskDefinition: string;
	/** Where its tasks are registered; none without a load balancer. */
	readonly targetGroupArn?: string | undefined;
	readonly createdAt: number;
}

export interface Deployment {
	readonly arn: string;
	readonly serviceArn: string;
	readonly revisionArn: string;
	readonly sourceRevisionArn?: string | undefined;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly finishedAt?: number | undefined;
	readonly rollbackStartedAt?: number | undefined;
	readonly hookExpiresAt?: number | undefined;
	readonly bakeEndsAt?: number | undefined;
	/** Weights before the deployment, to be put back when there is no blue revision. */
	readonly weightsBefore: readonly RuleWeights[];
	readonly operation: "create" | "update";
	/** What the service was asked to be before; it is that again after a rollback. */
	readonly inputsBefore?: Properties | undefined;
	readonly state: DeploymentState;
}

export interface RuleWeights {
	readonly ruleArn: string;
	readonly groups: readonly { readonly arn: string; readonly weight: number }[];
}

export interface Service {
	readonly arn: string;
	readonly name: string;
	readonly clusterArn: string;
	readonly urn: string;
	readonly inputs: Properties;
	readonly status: "ACTIVE" | "DRAINING";
	readonly createdAt: number;
	/** The revision that production traffic belongs to. */
	readonly liveRevisionArn?: string | undefined;
	readonly deploymentArn?: string | undefined;
	/** How many tasks each revision should have. */
	readonly wanted: Readonly<Record<string, number>>;
	/** Newest first. */
	readonly events: readonly ServiceEvent[];
}

export interface ServiceEvent {
	readonly id: string;
	readonly createdAt: number;
	readonly message: string;
}

/** A collection of the cloud's documents, by ARN. */
export interface Collection<T extends { readonly arn: string }> {
	get(cloud: Cloud, arn: string): T | undefined;
	put(cloud: Cloud, value: T): T;
	/** Changes what is stored now; undefined when it is gone. */
	change(
		cloud: Cloud,
		arn: string,
		change: (value: T) => Partial<T>,
	): T | undefined;
	remove(cloud: Cloud, arn: string): void;
	list(cloud: Cloud): readonly T[];
}

export const definitions = collection<TaskDefinition>("ecs:task-definitions");
export const tasks = collection<Task>("ecs:tasks");
export const revisions = collection<Revision>("ecs:revisions");
export const deployments = collection<Deployment>("ecs:deployments");
export const services = collection<Service>("ecs:services");

function collection<T extends { readonly arn: string }>(
	name: string,
): Collection<T> {
	const get = (cloud: Cloud, arn: string) => cloud.documents.get<T>(name, arn);
	const put = (cloud: Cloud, value: T) => {
		cloud.documents.put(name, value.arn, value);
		return value;
	};
	return {
		get,
		put,
		change(cloud, arn, change) {
			const value = get(cloud, arn);
			return value && put(cloud, { ...value, ...change(value) });
		},
		remove: (cloud, arn) => cloud.documents.remove(name, arn),
		list: (cloud) => cloud.documents.entries<T>(name).map(([, value]) => value),
	};
}

/** `arn:aws:ecs:<region>:<account>:<path>` */
export function ecsArn(cloud: Cloud, path: string): string {
	return `arn:aws:ecs:${cloud.region}:${cloud.accountId}:${path}`;
}

/** What stands behind the last slash of an ARN. */
export function lastPart(arn: string): string {
	return arn.replace(/^.*\//, "");
}

/** 32 hex digits, as task ids. */
export function newTaskId(): string {
	return randomBytes(16).toString("hex");
}

/** 19 digits, as ids of service revisions. */
export function newRevisionId(): string {
	return (
		(randomBytes(8).readBigUInt64BE() % 9n) * 10n ** 18n +
		10n ** 18n +
		(randomBytes(8).readBigUInt64BE() % 10n ** 18n)
	).toString();
}

/** 21 letters and digits, as ids of service deployments. */
export function newDeploymentId(): string {
	return randomBytes(24)
		.toString("base64url")
		.replace(/[-_]/g, "x")
		.slice(0, 21);
}
