import assert from "node:assert/strict";
import { disallowWildcardIam } from "../../../policies/src/disallowWildcardIam.ts";
import { type Judged, messagesOf } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const statement = {
	Effect: "Allow",
	Action: ["s3:GetObject", "s3:PutObject"],
	Resource: "arn:aws:s3:::bucket/uploads/*",
};
const withStatement = (change: object) =>
	JSON.stringify({ Statement: [{ ...statement, ...change }] });
const rolePolicy: Judged = {
	type: "aws:iam/rolePolicy:RolePolicy",
	props: { policy: withStatement({}) },
};
const role: Judged = {
	type: "aws:iam/role:Role",
	props: {
		assumeRolePolicy: JSON.stringify({
			Statement: {
				Effect: "Allow",
				Principal: { Service: "ecs-tasks.amazonaws.com" },
				Action: "sts:AssumeRole",
			},
		}),
		managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
		inlinePolicies: [{ name: "app", policy: withStatement({}) }],
	},
};
const attachment: Judged = {
	type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
	props: {
		policyArn:
			"arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
	},
};
const action = (got: string) =>
	`expected statement 1 with every Action by name, got ${got}; list the actions that are needed`;
const resource = (got: string) =>
	`expected statement 1 with every Resource by ARN, got ${got}; name the resources, or put actions that AWS restricts to none into a statement of their own`;
const broad = (name: string) =>
	`expected policies that allow named actions, got "arn:aws:iam::aws:policy/${name}"; attach a policy of the actions that are needed`;
const document = (property: string, got: string) =>
	`expected ${property} as a policy document with statements, got ${got}; write the document as JSON with Version and Statement`;

describe("disallowWildcardIam", () => {
	testRule({
		policy: disallowWildcardIam,
		compliant: {
			rolePolicy,
			role,
			attachment,
			"a managed policy": { ...rolePolicy, type: "aws:iam/policy:Policy" },
			"a denial of everything": change(
				rolePolicy,
				["policy"],
				withStatement({ Effect: "Deny", Action: "*", Resource: "*" }),
			),
			"actions that AWS restricts to no resource": change(
				rolePolicy,
				["policy"],
				withStatement({
					Action: "ecr:getauthorizationtoken",
					Resource: "*",
				}),
			),
			"a document that is no text": change(rolePolicy, ["policy"], {
				Statement: [statement],
			}),
		},
		broken: [
			[
				"every action",
				"rolePolicy",
				["policy"],
				withStatement({ Action: "*" }),
				action('"*"'),
			],
			[
				"every action of a service",
				"rolePolicy",
				["policy"],
				withStatement({ Action: ["s3:GetObject", "s3:*"] }),
				action('"s3:*"'),
			],
			[
				"a family of actions, by the statement's name",
				"rolePolicy",
				["policy"],
				withStatement({ Sid: "Files", Action: "s3:Get*" }),
				action('"s3:Get*"').replace("statement 1", "statement Files"),
			],
			[
				"every action but some",
				"rolePolicy",
				["policy"],
				withStatement({ Action: undefined, NotAction: "iam:*" }),
				"expected statement 1 with Action, got NotAction; list each Action",
			],
			[
				"every resource",
				"rolePolicy",
				["policy"],
				withStatement({ Resource: ["arn:aws:s3:::bucket", "*"] }),
				resource('"*"'),
			],
			[
				"every resource of a service",
				"rolePolicy",
				["policy"],
				withStatement({ Resource: "arn:aws:s3:::*" }),
				resource('"arn:aws:s3:::*"'),
			],
			[
				"every resource of AWS",
				"rolePolicy",
				["policy"],
				withStatement({ Resource: "arn:aws:*" }),
				resource('"arn:aws:*"'),
			],
			[
				"every resource but some",
				"rolePolicy",
				["policy"],
				withStatement({ Resource: undefined, NotResource: "arn:aws:s3:::b" }),
				"expected statement 1 with Resource, got NotResource; list each Resource",
			],
			[
				"a free action beside one that AWS restricts",
				"rolePolicy",
				["policy"],
				withStatement({
					Action: ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"],
					Resource: "*",
				}),
				resource('"*"'),
			],
			[
				"a document without statements",
				"rolePolicy",
				["policy"],
				"{}",
				document("policy", "text"),
			],
			[
				"a role's inline policy",
				"role",
				["inlinePolicies", 0, "policy"],
				withStatement({ Action: "*" }),
				action('"*"'),
			],
			[
				"a role that anybody may take on",
				"role",
				["assumeRolePolicy"],
				JSON.stringify({
					Statement: { Effect: "Allow", Principal: { AWS: "*" } },
				}),
				'expected statement 1 of assumeRolePolicy with a named Principal, got "*"; name the service or account that may take the role on',
			],
			[
				"a role's broad policy",
				"role",
				["managedPolicyArns", 0],
				"arn:aws:iam::aws:policy/AdministratorAccess",
				broad("AdministratorAccess"),
			],
			[
				"a broad policy attached",
				"attachment",
				["policyArn"],
				"arn:aws:iam::aws:policy/IAMFullAccess",
				broad("IAMFullAccess"),
			],
		],
		needed: [
			["rolePolicy", ["policy"]],
			["role", ["assumeRolePolicy"]],
			["role", ["inlinePolicies", 0, "policy"]],
		],
	});

	it("lets an action have every resource that the configuration names", async () => {
		const config = { actionsWithoutResource: ["s3:ListAllMyBuckets"] };
		const listing = change(
			rolePolicy,
			["policy"],
			withStatement({ Action: "s3:ListAllMyBuckets", Resource: "*" }),
		);
		assert.equal((await messagesOf(disallowWildcardIam(), listing)).length, 1);
		assert.deepEqual(
			await messagesOf(disallowWildcardIam(), listing, config),
			[],
		);
	});
});
