import { type ApiAction, ApiError } from "../apiError.ts";
import type { Properties } from "../handler.ts";
import { stringOf } from "../properties.ts";
import {
	getSecretValue,
	putSecretValue,
	requireSecret,
	stagesOf,
} from "./vault.ts";

/** The actions of Secrets Manager that programs of the migration use. */
export const secretsManagerActions: Readonly<Record<string, ApiAction>> = {
	async GetSecretValue(input, cloud) {
		const found = getSecretValue(cloud, secretId(input), {
			versionId: stringOf(input, "VersionId"),
			stage: stringOf(input, "VersionStage"),
		});
		return {
			ARN: found.arn,
			Name: found.name,
			VersionId: found.versionId,
			VersionStages: found.versionStages,
			SecretString: found.value,
			CreatedDate: found.createdAt,
		};
	},

	async PutSecretValue(input, cloud) {
		const value = stringOf(input, "SecretString");
		if (value === undefined)
			throw new ApiError(
				"InvalidParameterException",
				"the laptop cloud keeps text only: give SecretString",
			);
		const put = putSecretValue(
			cloud,
			secretId(input),
			value,
			stringOf(input, "ClientRequestToken"),
		);
		return {
			ARN: put.arn,
			Name: put.name,
			VersionId: put.versionId,
			VersionStages: ["AWSCURRENT"],
		};
	},

	async DescribeSecret(input, cloud) {
		const secret = requireSecret(cloud, secretId(input));
		return {
			ARN: secret.arn,
			Name: secret.name,
			...(secret.description === undefined
				? {}
				: { Description: secret.description }),
			CreatedDate: secret.createdAt,
			LastChangedDate: secret.changedAt,
			VersionIdsToStages: Object.fromEntries(
				Object.keys(secret.versions).map((id) => [id, stagesOf(secret, id)]),
			),
		};
	},
};

function secretId(input: Properties): string {
	const id = stringOf(input, "SecretId");
	if (id === undefined)
		throw new ApiError("InvalidParameterException", "SecretId is missing");
	return id;
}
