import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe, type Finding, quote } from "./finding.ts";
import { type Inputs, isRecord, listOf, notYetKnown } from "./inputs.ts";
import {
	asList,
	isAnybody,
	statementName,
	statementsOf,
} from "./policyDocument.ts";
import { defineRule, type RuleResource } from "./rule.ts";

const roleType = "aws:iam/role:Role";
const policyTypes = [
	"aws:iam/policy:Policy",
	"aws:iam/rolePolicy:RolePolicy",
	"aws:iam/userPolicy:UserPolicy",
	"aws:iam/groupPolicy:GroupPolicy",
];
const attachmentTypes = [
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment",
	"aws:iam/userPolicyAttachment:UserPolicyAttachment",
	"aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
	"aws:iam/policyAttachment:PolicyAttachment",
];

interface Settings {
	readonly actionsWithoutResource: readonly string[];
	readonly broadPolicies: readonly string[];
}

/** Actions that AWS restricts to no resource: a statement of these alone has to name `*`. */
const ACTIONS_WITHOUT_RESOURCE = [
	"ecr:GetAuthorizationToken",
	"ecs:DescribeTaskDefinition",
	"ecs:ListTaskDefinitions",
	"ec2:DescribeNetworkInterfaces",
	"elasticloadbalancing:DescribeTargetGroups",
	"elasticloadbalancing:DescribeTargetHealth",
	"rds:DescribeDBEngineVersions",
	"cloudwatch:PutMetricData",
	"xray:PutTraceSegments",
	"xray:PutTelemetryRecords",
	"ssmmessages:CreateControlChannel",
	"ssmmessages:CreateDataChannel",
	"ssmmessages:OpenControlChannel",
	"ssmmessages:OpenDataChannel",
	"sts:GetCallerIdentity",
];

/** AWS's own policies that allow everything, or to allow oneself everything. */
const BROAD_POLICIES = [
	"AdministratorAccess",
	"PowerUserAccess",
	"IAMFullAccess",
];

/** A task that is taken over can do what its role may, and no more: so every action and resource is named. */
export function disallowWildcardIam(
	defaults: Settings = {
		actionsWithoutResource: ACTIONS_WITHOUT_RESOURCE,
		broadPolicies: BROAD_POLICIES,
	},
): ResourceValidationPolicy {
	const names = { type: "array", items: { type: "string" } } as const;
	return defineRule({
		name: "disallow-wildcard-iam",
		description: "IAM policies name the actions and resources that they allow.",
		types: [roleType, ...policyTypes, ...attachmentTypes],
		defaults,
		schema: {
			actionsWithoutResource: {
				...names,
				description:
					"Actions that AWS restricts to no resource: a statement of these alone may name *.",
			},
			broadPolicies: {
				...names,
				description: "Names of managed policies that may not be attached.",
			},
		},
		find: (resource, settings) => {
			if (attachmentTypes.includes(resource.type)) {
				return findBroad([resource.input("policyArn")], settings);
			}
			return resource.type === roleType
				? findInRole(resource, settings)
				: findInDocument(resource.input("policy"), "policy", settings);
		},
	});
}

function findInRole(resource: RuleResource, settings: Settings): Finding[] {
	const trust = resource.input("assumeRolePolicy");
	const inline = listOf(resource.input("inlinePolicies")).filter(isRecord);
	return [
		...findTrustInAnybody(trust),
		...findBroad(listOf(resource.input("managedPolicyArns")), settings),
		...inline.flatMap(({ policy }) =>
			findInDocument(policy, "inlinePolicies", settings),
		),
	];
}

function findBroad(arns: readonly unknown[], settings: Settings): Finding[] {
	return arns
		.filter(
			(arn) =>
				typeof arn === "string" &&
				settings.broadPolicies.includes(arn.split("/").at(-1) ?? ""),
		)
		.map((arn) => ({
			expected: "policies that allow named actions",
			actual: quote(arn),
			fix: "attach a policy of the actions that are needed",
		}));
}

function findTrustInAnybody(trust: unknown): Finding[] {
	if (trust === notYetKnown) return [];
	const statements = statementsOf(trust);
	if (statements === undefined) return [unreadable("assumeRolePolicy", trust)];
	return statements.flatMap((statement, index) =>
		statement.Effect === "Allow" &&
		isAnybody(statement.Principal) &&
		statement.Condition === undefined
			? [
					{
						expected: `${statementName(statement, index)} of assumeRolePolicy with a named Principal`,
						actual: '"*"',
						fix: "name the service or account that may take the role on",
					},
				]
			: [],
	);
}

function findInDocument(
	document: unknown,
	property: string,
	settings: Settings,
): Finding[] {
	if (document === notYetKnown) return [];
	const statements = statementsOf(document);
	if (statements === undefined) return [unreadable(property, document)];
	return statements.flatMap((statement, index) =>
		statement.Effect === "Deny"
			? []
			: findInStatement(statement, statementName(statement, index), settings),
	);
}

function findInStatement(
	statement: Inputs,
	name: string,
	{ actionsWithoutResource }: Settings,
): Finding[] {
	const actions = asList(statement.Action);
	const resources = asList(statement.Resource);
	const needsAll =
		actions.length > 0 &&
		actions.every((action) =>
			actionsWithoutResource.some((known) => isSameAction(known, action)),
		);
	return [
		...findNegation(statement, name),
		...actions
			.filter((action) => typeof action === "string" && /[*?]/.test(action))
			.map((action) => ({
				expected: `${name} with every Action by name`,
				actual: quote(action),
				fix: "list the actions that are needed",
			})),
		...(needsAll
			? []
			: resources.filter(isEverything).map((resource) => ({
					expected: `${name} with every Resource by ARN`,
					actual: quote(resource),
					fix: "name the resources, or put actions that AWS restricts to none into a statement of their own",
				}))),
	];
}

/** Everything but what is listed is a wildcard too; nothing listed at all is no policy. */
function findNegation(statement: Inputs, name: string): Finding[] {
	return (["Action", "Resource"] as const).flatMap((part) =>
		statement[part] !== undefined && statement[part] !== null
			? []
			: [
					{
						expected: `${name} with ${part}`,
						actual:
							statement[`Not${part}`] === undefined ? "nothing" : `Not${part}`,
						fix: `list each ${part}`,
					},
				],
	);
}

/** IAM compares actions without regard to case. */
const isSameAction = (known: string, action: unknown): boolean =>
	typeof action === "string" && known.toLowerCase() === action.toLowerCase();

/** `*`, or an ARN that names a service and nothing in it. */
function isEverything(resource: unknown): boolean {
	if (typeof resource !== "string") return false;
	const [, , , , , ...rest] = resource.split(":");
	return rest.length === 0
		? /[*?]/.test(resource)
		: /^[*?/:]+$/.test(rest.join(":"));
}

function unreadable(property: string, actual: unknown): Finding {
	return {
		expected: `${property} as a policy document with statements`,
		actual: describe(actual),
		fix: "write the document as JSON with Version and Statement",
	};
}
