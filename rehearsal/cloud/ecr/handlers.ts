import { existsSync, readdirSync, rmSync } from "node:fs";
import type { ResourceHandler } from "../handler.ts";
import { accountId, arn } from "../naming.ts";
import { requireString, stringOf } from "../properties.ts";
import { echo, rememberedHandler, withTags } from "../remember.ts";
import { repositoryFolder, repositoryUrl, writeTags } from "./registry.ts";

const repositoryType = "aws:ecr/repository:Repository";
const lifecyclePolicyType = "aws:ecr/lifecyclePolicy:LifecyclePolicy";

const repositoryDefaults = {
	imageTagMutability: "MUTABLE",
	forceDelete: false,
};

const repository: ResourceHandler = {
	replaceOn: ["name", "encryptionConfigurations"],
	async create({ inputs, autoName }, cloud) {
		const name = stringOf(inputs, "name") ?? autoName();
		const folder = repositoryFolder(cloud.root, name);
		if (cloud.resources.get(repositoryType, name) !== undefined)
			throw new Error(
				`RepositoryAlreadyExistsException: the repository '${name}' already exists in registry ${accountId}`,
			);
		if (!existsSync(`${folder}/tags.json`)) writeTags(folder, {});
		return {
			id: name,
			outputs: withTags({
				...repositoryDefaults,
				...inputs,
				name,
				arn: arn("ecr", `repository/${name}`),
				registryId: accountId,
				repositoryUrl: repositoryUrl(name),
			}),
		};
	},
	async read(id, outputs, cloud) {
		return existsSync(repositoryFolder(cloud.root, id))
			? (cloud.resources.get(repositoryType, id)?.outputs ?? outputs)
			: undefined;
	},
	async update({ inputs, oldInputs, outputs }) {
		return echo(outputs, oldInputs, inputs, repositoryDefaults);
	},
	async delete(id, outputs, cloud) {
		const folder = repositoryFolder(cloud.root, id);
		const images = existsSync(folder)
			? readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name))
			: [];
		if (images.length > 0 && outputs.forceDelete !== true)
			throw new Error(
				`RepositoryNotEmptyException: the repository '${id}' holds ${images.length} images; set forceDelete: true and update first`,
			);
		rmSync(folder, { recursive: true, force: true });
	},
};

const lifecyclePolicy = rememberedHandler({
	type: lifecyclePolicyType,
	replaceOn: ["repository", "policy"],
	deleteBeforeReplace: true,
	check({ policy }) {
		if (typeof policy !== "string") return [];
		try {
			const document = JSON.parse(policy) as { rules?: unknown };
			if (Array.isArray(document.rules)) return [];
		} catch {
			// reported below: not JSON is as wrong as no rules
		}
		return [
			{ property: "policy", reason: "expected JSON with a list 'rules'" },
		];
	},
	describe({ inputs }, cloud) {
		const name = requireString(inputs, "repository");
		if (cloud.resources.get(repositoryType, name) === undefined)
			throw new Error(
				`RepositoryNotFoundException: the repository '${name}' does not exist in registry ${accountId}`,
			);
		const { policy } = inputs;
		return {
			id: name,
			outputs: {
				registryId: accountId,
				policy: typeof policy === "string" ? policy : JSON.stringify(policy),
			},
		};
	},
});

export const ecrHandlers: Readonly<Record<string, ResourceHandler>> = {
	[repositoryType]: repository,
	[lifecyclePolicyType]: lifecyclePolicy,
};
