import type { Judged } from "./judge.ts";

export const digest = `sha256:${"a".repeat(64)}`;
export const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/app@${digest}`;

export const instance: Judged = {
	type: "aws:rds/instance:Instance",
	protect: true,
	props: {
		storageEncrypted: true,
		publiclyAccessible: false,
		backupRetentionPeriod: 7,
		skipFinalSnapshot: false,
		finalSnapshotIdentifier: "final",
		deletionProtection: true,
		multiAz: true,
		tags: { project: "trusted-login", stack: "prod" },
	},
};

export const cluster: Judged = {
	...instance,
	type: "aws:rds/cluster:Cluster",
};

const container = {
	name: "app",
	image,
	user: "1000:1000",
	portMappings: [{ containerPort: 8000 }],
};

export const task = taskOf([container]);

/** A task definition of containers, which are JSON there. */
export function taskOf(containers: unknown): Judged {
	return {
		type: "aws:ecs/taskDefinition:TaskDefinition",
		props: {
			cpu: "512",
			memory: "1024",
			containerDefinitions: JSON.stringify(containers),
		},
	};
}

/** The JSON of the only container, different in one property; undefined takes it out. */
export function containersWith(name: string, value: unknown): string {
	return JSON.stringify([{ ...container, [name]: value }]);
}

const probe = { httpGet: { path: "/health", port: 8000 } };
const sizes = { cpu: "200m", memory: "256Mi" };

export const podSpec = {
	securityContext: { runAsNonRoot: true },
	containers: [
		{
			name: "app",
			image,
			readinessProbe: probe,
			livenessProbe: probe,
			resources: { requests: sizes, limits: sizes },
		},
	],
};

export const deployment = podsOf("kubernetes:apps/v1:Deployment");
export const rollout = podsOf("kubernetes:argoproj.io/v1alpha1:Rollout");
export const job = podsOf("kubernetes:batch/v1:Job");
export const pod: Judged = {
	type: "kubernetes:core/v1:Pod",
	props: { spec: podSpec },
};
export const cronJob: Judged = {
	type: "kubernetes:batch/v1:CronJob",
	props: {
		spec: { jobTemplate: { spec: { template: { spec: podSpec } } } },
	},
};

function podsOf(type: string): Judged {
	return { type, props: { spec: { template: { spec: podSpec } } } };
}

/** Of a deployment: the path to its only container. */
export const inContainer = [
	"spec",
	"template",
	"spec",
	"containers",
	0,
] as const;
