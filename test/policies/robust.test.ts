import assert from "node:assert/strict";
import fc from "fast-check";
import { resourceRules } from "../../policies/src/rules.ts";
import { messagesOf, remedied, unknown } from "./judge.ts";

const types = [
	"aws:rds/instance:Instance",
	"aws:rds/clusterParameterGroup:ClusterParameterGroup",
	"aws:ecs/taskDefinition:TaskDefinition",
	"aws:ecs/service:Service",
	"aws:lb/listener:Listener",
	"aws:lb/targetGroup:TargetGroup",
	"aws:ec2/securityGroup:SecurityGroup",
	"aws:iam/role:Role",
	"aws:iam/policy:Policy",
	"aws:s3/bucketPolicy:BucketPolicy",
	"aws:cloudwatch/logGroup:LogGroup",
	"kubernetes:apps/v1:Deployment",
	"kubernetes:batch/v1:CronJob",
	"kubernetes:networking.k8s.io/v1:Ingress",
];
const names = [
	..."tags publiclyAccessible multiAz containerDefinitions volumes policy".split(
		" ",
	),
	..."assumeRolePolicy inlinePolicies managedPolicyArns spec template".split(
		" ",
	),
	..."containers initContainers image resources limits securityContext".split(
		" ",
	),
	..."tls rules hosts parameters family name value protocol healthCheck".split(
		" ",
	),
	..."defaultActions redirect ingress cidrBlocks retentionInDays jobTemplate".split(
		" ",
	),
	..."Statement Action Resource Principal Condition metadata subnets".split(
		" ",
	),
];

/** Whatever a program could send: nested, mistyped, half unknown, JSON where text stands. */
const { value: anyValue } = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 6 },
		fc.constantFrom(
			null,
			true,
			0,
			-1,
			"",
			"*",
			unknown,
			"postgres14",
			"HTTP",
			"[{}]",
			'{"Statement":[null]}',
			'{"Statement":{"Effect":"Allow","Action":{"a":1},"Resource":[[]]}}',
		),
		fc.array(tie("value"), { maxLength: 3 }),
		fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 6 }),
		tie("value").map((value) => JSON.stringify(value)),
	),
}));

describe("The rules, whatever they are given", () => {
	it("answer, and never throw", async () => {
		const inputs = fc.dictionary(fc.constantFrom(...names), anyValue, {
			maxKeys: 10,
		});
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...types),
				inputs,
				async (type, props) => {
					const resource = { type, props: { ...props } };
					for (const rule of resourceRules()) {
						for (const message of await messagesOf(rule, resource)) {
							assert.match(message, /^it: expected .+, got .+; .+/s);
						}
						await remedied(rule, resource);
					}
				},
			),
			{ numRuns: 1_000 },
		);
	});
});
