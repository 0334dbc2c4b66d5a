/**
 * Declares $BENCH_RESOURCES resources with the types and inputs of the real program. They are components, which no
 * provider has to be asked for: what differs with a pack is the pack.
 */
import * as pulumi from "@pulumi/pulumi";

const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:${"a".repeat(64)}`;
const tags = { project: "trusted-login", stack: "dev", Name: "bench" };
const statement = {
	Effect: "Allow",
	Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
	Resource: ["arn:aws:s3:::trusted-login-uploads/uploads/*"],
};
const sizes = { cpu: "200m", memory: "256Mi" };
const probe = { httpGet: { path: "/health", port: 8000 }, periodSeconds: 10 };

const kinds: readonly (readonly [string, object])[] = [
	[
		"aws:rds/instance:Instance",
		{
			storageEncrypted: true,
			publiclyAccessible: false,
			backupRetentionPeriod: 7,
			skipFinalSnapshot: false,
			finalSnapshotIdentifier: "final",
			deletionProtection: true,
			multiAz: true,
			engine: "postgres",
			instanceClass: "db.t3.micro",
			tags,
		},
	],
	[
		"aws:ecs/taskDefinition:TaskDefinition",
		{
			family: "app",
			cpu: "512",
			memory: "1024",
			containerDefinitions: JSON.stringify([
				{
					name: "app",
					image,
					user: "1000:1000",
					portMappings: [{ containerPort: 8000 }],
					environment: Array.from({ length: 12 }, (_, index) => ({
						name: `SETTING_${index}`,
						value: "value",
					})),
				},
			]),
			tags,
		},
	],
	[
		"aws:iam/rolePolicy:RolePolicy",
		{
			role: "app",
			policy: JSON.stringify({
				Version: "2012-10-17",
				Statement: [statement, statement, statement],
			}),
		},
	],
	[
		"aws:lb/listener:Listener",
		{
			protocol: "HTTPS",
			port: 443,
			sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
			certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a",
			defaultActions: [{ type: "fixed-response" }],
			tags,
		},
	],
	["aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 30, tags }],
	["aws:ec2/subnet:Subnet", { vpcId: "vpc-1", cidrBlock: "10.0.1.0/24", tags }],
	[
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		{
			ipProtocol: "tcp",
			fromPort: 5432,
			toPort: 5432,
			cidrIpv4: "10.0.0.0/16",
			tags,
		},
	],
	["aws:ec2/route:Route", { destinationCidrBlock: "0.0.0.0/0" }],
	[
		"kubernetes:apps/v1:Deployment",
		{
			metadata: { name: "app", namespace: "trusted-login" },
			spec: {
				replicas: 3,
				template: {
					spec: {
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
					},
				},
			},
		},
	],
	["command:local:Command", { create: "run", environment: { A: "1" } }],
];

const count = Number(process.env.BENCH_RESOURCES);
for (let index = 0; index < count; index += 1) {
	const [type, inputs] = kinds[index % kinds.length] ?? ["", {}];
	new pulumi.ComponentResource(type, `${index}`, inputs, { protect: true });
}
