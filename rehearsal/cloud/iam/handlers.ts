import type {
	Cloud,
	Properties,
	PropertyFailure,
	ResourceHandler,
} from "../handler.ts";
import { accountId, randomUpper } from "../naming.ts";
import { requireString, stringOf } from "../properties.ts";
import { rememberedHandler } from "../remember.ts";
import { normalizePolicy } from "./policy.ts";

const roleType = "aws:iam/role:Role";
const rolePolicyType = "aws:iam/rolePolicy:RolePolicy";
const attachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

const role = withPolicyText(
	"assumeRolePolicy",
	rememberedHandler({
		type: roleType,
		replaceOn: ["name", "namePrefix", "path"],
		defaults: {
			path: "/",
			maxSessionDuration: 3600,
			forceDetachPolicies: false,
			description: "",
			managedPolicyArns: [],
			inlinePolicies: [],
		},
		check: (inputs) => checkPolicy(inputs, "assumeRolePolicy"),
		describe({ inputs, autoName }, cloud) {
			const name = stringOf(inputs, "name") ?? autoName();
			if (cloud.resources.get(roleType, name) !== undefined)
				throw new Error(
					`EntityAlreadyExists: Role with name ${name} already exists.`,
				);
			const path = stringOf(inputs, "path") ?? "/";
			return {
				id: name,
				outputs: {
					name,
					arn: `arn:aws:iam::${accountId}:role${path}${name}`,
					uniqueId: `AROA${randomUpper(17)}`,
					createDate: new Date().toISOString(),
				},
			};
		},
		usedBy: (id, cloud) =>
			[rolePolicyType, attachmentType]
				.map((type) => cloud.resources.find(type, (r) => r.inputs.role === id))
				.find((user) => user !== undefined)?.id,
	}),
);

const rolePolicy = withPolicyText(
	"policy",
	rememberedHandler({
		type: rolePolicyType,
		replaceOn: ["name", "namePrefix", "role"],
		check: (inputs) => checkPolicy(inputs, "policy"),
		describe({ inputs, autoName }, cloud) {
			const owner = requireRole(inputs, cloud);
			const name = stringOf(inputs, "name") ?? autoName();
			return { id: `${owner}:${name}`, outputs: { name } };
		},
	}),
);

const attachment = rememberedHandler({
	type: attachmentType,
	replaceOn: ["policyArn", "role"],
	check({ policyArn }) {
		const known =
			typeof policyArn !== "string" ||
			/^arn:aws:iam::(aws|000000000000):policy\/./.test(policyArn);
		return known
			? []
			: [
					{
						property: "policyArn",
						reason: `'${policyArn}' is not the ARN of a policy`,
					},
				];
	},
	describe({ inputs }, cloud) {
		const owner = requireRole(inputs, cloud);
		return {
			id: `${owner}/${requireString(inputs, "policyArn")}`,
			outputs: {},
		};
	},
});

export const iamHandlers: Readonly<Record<string, ResourceHandler>> = {
	[roleType]: role,
	[rolePolicyType]: rolePolicy,
	[attachmentType]: attachment,
};

function requireRole(inputs: Properties, cloud: Cloud): string {
	const name = requireString(inputs, "role");
	if (cloud.resources.get(roleType, name) === undefined)
		throw new Error(
			`NoSuchEntity: The role with name ${name} cannot be found.`,
		);
	return name;
}

function checkPolicy(
	inputs: Properties,
	property: string,
): readonly PropertyFailure[] {
	const value = inputs[property];
	if (typeof value === "symbol" || value === undefined) return [];
	try {
		normalizePolicy(value);
		return [];
	} catch (error) {
		return [
			{ property, reason: error instanceof Error ? error.message : `${error}` },
		];
	}
}

/** A document given as an object comes out as JSON text, as from the real provider. */
function withPolicyText(
	property: string,
	handler: ResourceHandler,
): ResourceHandler {
	const asText = (outputs: Properties): Properties => ({
		...outputs,
		[property]: normalizePolicy(outputs[property]),
	});
	return {
		...handler,
		async create(request, cloud) {
			const created = await handler.create(request, cloud);
			return { ...created, outputs: asText(created.outputs) };
		},
		async update(request, cloud) {
			return asText(await handler.update(request, cloud));
		},
	};
}
