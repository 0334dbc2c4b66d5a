import type { Properties, ResourceHandler } from "../handler.ts";
import { requireString, stringOf } from "../properties.ts";
import { echo, withTags } from "../remember.ts";
import {
	createSecret,
	deleteSecret,
	findSecret,
	getSecretValue,
	putSecretValue,
	removeVersion,
	stagesOf,
} from "./vault.ts";

const secretDefaults: Properties = {
	recoveryWindowInDays: 30,
	forceOverwriteReplicaSecret: false,
	description: "",
	policy: "",
};

/** A deleted secret is gone at once: the recovery window is remembered, not waited out. */
const secret: ResourceHandler = {
	replaceOn: ["name", "namePrefix"],
	check: ({ recoveryWindowInDays: days }) =>
		typeof days !== "number" || days === 0 || (days >= 7 && days <= 30)
			? []
			: [
					{
						property: "recoveryWindowInDays",
						reason: `expected 0 or 7 to 30, got ${days}`,
					},
				],
	async create({ inputs, autoName }, cloud) {
		const prefix = stringOf(inputs, "namePrefix");
		const name =
			stringOf(inputs, "name") ??
			(prefix === undefined ? autoName() : `${prefix}${Date.now()}`);
		const made = createSecret(cloud, {
			name,
			description: stringOf(inputs, "description"),
		});
		return {
			id: made.arn,
			outputs: withTags({
				...secretDefaults,
				...inputs,
				name,
				arn: made.arn,
				replicas: [],
			}),
		};
	},
	async read(id, outputs, cloud) {
		return findSecret(cloud, id) === undefined ? undefined : outputs;
	},
	async update({ inputs, oldInputs, outputs }) {
		return echo(outputs, oldInputs, inputs, secretDefaults);
	},
	async delete(id, _outputs, cloud) {
		deleteSecret(cloud, id);
	},
};

const secretVersion: ResourceHandler = {
	replaceOn: [
		"secretId",
		"secretString",
		"secretBinary",
		"secretStringWoVersion",
	],
	secretInputs: ["secretString", "secretStringWo", "secretBinary"],
	check(inputs) {
		if (inputs.secretBinary !== undefined)
			return [
				{
					property: "secretBinary",
					reason: "the laptop cloud keeps text only; use secretString",
				},
			];
		const given = [inputs.secretString, inputs.secretStringWo].filter(
			(value) => value !== undefined,
		);
		return given.length === 1
			? []
			: [
					{
						property: "secretString",
						reason: "expected exactly one of secretString, secretStringWo",
					},
				];
	},
	async create({ inputs }, cloud) {
		const value =
			stringOf(inputs, "secretString") ??
			requireString(inputs, "secretStringWo");
		const put = putSecretValue(cloud, requireString(inputs, "secretId"), value);
		const { secretStringWo: _, ...visible } = inputs;
		return {
			id: `${put.arn}|${put.versionId}`,
			outputs: {
				...visible,
				arn: put.arn,
				versionId: put.versionId,
				versionStages: ["AWSCURRENT"],
				hasSecretStringWo: inputs.secretStringWo !== undefined,
			},
		};
	},
	async read(id, outputs, cloud) {
		const [secretArn = "", versionId = ""] = id.split("|");
		const found = findSecret(cloud, secretArn);
		if (found?.versions[versionId] === undefined) return undefined;
		const value = getSecretValue(cloud, secretArn, { versionId }).value;
		return {
			...outputs,
			arn: secretArn,
			secretId: secretArn,
			versionId,
			versionStages: stagesOf(found, versionId),
			...(outputs.hasSecretStringWo === true ? {} : { secretString: value }),
		};
	},
	async update({ inputs, oldInputs, outputs }) {
		const { secretStringWo: _, ...visible } = inputs;
		const { tagsAll: __, ...rest } = echo(outputs, oldInputs, visible);
		return rest;
	},
	async delete(id, _outputs, cloud) {
		const [secretArn = "", versionId = ""] = id.split("|");
		removeVersion(cloud, secretArn, versionId);
	},
};

export const secretsManagerHandlers: Readonly<Record<string, ResourceHandler>> =
	{
		"aws:secretsmanager/secret:Secret": secret,
		"aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
	};
