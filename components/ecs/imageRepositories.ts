import { getImageOutput } from "@pulumi/aws/ecr/getImage.js";
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import * as pulumi from "@pulumi/pulumi";

/** What is built and deployed: two services and the tasks that move the data. */
export const imageKinds = ["frontend", "backend", "cutover"] as const;
export type ImageKind = (typeof imageKinds)[number];

/** An image that cannot become another one under the same name. */
export interface PinnedImage {
	/** `<repository>@sha256:...`, as a task definition takes it. */
	readonly reference: pulumi.Output<string>;
	readonly digest: pulumi.Output<string>;
	readonly repositoryArn: pulumi.Output<string>;
}

/** How the repositories treat what they hold. */
export interface ImageRepositoriesArgs {
	/** Refuses to delete a repository that holds images; default true in the settings. No change to what runs. */
	readonly deletionProtection: boolean;
}

/** One ECR repository per image: tags never move, every push is scanned, layers nobody names expire. */
export class ImageRepositories extends pulumi.ComponentResource {
	readonly urls: Readonly<Record<ImageKind, pulumi.Output<string>>>;
	readonly #repositories: Readonly<Record<ImageKind, Repository>>;

	constructor(
		name: string,
		args: ImageRepositoriesArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("trusted-login:ecs:ImageRepositories", name, args, opts);

		const create = (kind: ImageKind) =>
			createRepository(`${name}-${kind}`, args, this);
		this.#repositories = {
			frontend: create("frontend"),
			backend: create("backend"),
			cutover: create("cutover"),
		};

		this.urls = {
			frontend: this.#repositories.frontend.repositoryUrl,
			backend: this.#repositories.backend.repositoryUrl,
			cutover: this.#repositories.cutover.repositoryUrl,
		};
		this.registerOutputs({ urls: this.urls });
	}

	/** Pins a digest as it is; asks the repository for the digest of a tag. */
	pin(kind: ImageKind, digestOrTag: string): PinnedImage {
		const repository = this.#repositories[kind];
		const digest = digestOrTag.startsWith("sha256:")
			? pulumi.output(digestOrTag)
			: getImageOutput(
					{ repositoryName: repository.name, imageTag: digestOrTag },
					{ parent: this },
				).imageDigest;
		return {
			reference: pulumi.interpolate`${repository.repositoryUrl}@${digest}`,
			digest,
			repositoryArn: repository.arn,
		};
	}
}

function createRepository(
	name: string,
	args: ImageRepositoriesArgs,
	parent: ImageRepositories,
): Repository {
	const repository = new Repository(
		name,
		{
			name,
			imageTagMutability: "IMMUTABLE",
			imageScanningConfiguration: { scanOnPush: true },
			encryptionConfigurations: [{ encryptionType: "AES256" }],
			forceDelete: !args.deletionProtection,
			tags: { Name: name },
		},
		// A rollback needs what lies in it: the engine stops a destroy or a replacement before it begins.
		{ parent, protect: args.deletionProtection },
	);
	new LifecyclePolicy(
		name,
		{
			repository: repository.name,
			policy: JSON.stringify({ rules: [expireUntagged] }),
		},
		{ parent },
	);
	return repository;
}

/** Tagged images stay: the one that a rollback names may be old. */
const expireUntagged = {
	rulePriority: 1,
	description: "Layers without a tag are leftovers of builds",
	selection: {
		tagStatus: "untagged",
		countType: "sinceImagePushed",
		countUnit: "days",
		countNumber: 14,
	},
	action: { type: "expire" },
};
