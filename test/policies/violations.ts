import type { ResourceValidationPolicy } from "@pulumi/policy";

/** What a policy reports about one resource. */
export async function violationsOf(
	policy: ResourceValidationPolicy,
	type: string,
	props: Record<string, unknown>,
): Promise<string[]> {
	const messages: string[] = [];
	const validations = [policy.validateResource ?? []].flat();
	for (const validate of validations) {
		await validate(
			{
				type,
				props,
				name: "trusted-login-db",
				urn: `urn:pulumi:test::trusted-login::${type}::trusted-login-db`,
				opts: {
					protect: false,
					ignoreChanges: [],
					aliases: [],
					additionalSecretOutputs: [],
					customTimeouts: {
						createSeconds: 0,
						updateSeconds: 0,
						deleteSeconds: 0,
					},
				},
				stackTags: new Map(),
				isType: () => false,
				asType: () => undefined,
				getConfig: () => {
					throw new Error("the policy has no configuration");
				},
				notApplicable: () => {
					throw new Error("the policy always applies");
				},
			},
			(message) => {
				messages.push(
					typeof message === "string" ? message : JSON.stringify(message),
				);
			},
		);
	}
	return messages;
}

/** A database that breaks no rule. */
export const compliantDatabase = {
	storageEncrypted: true,
	publiclyAccessible: false,
};
export const databaseType = "aws:rds/instance:Instance";
