import { findImage } from "./ecr/registry.ts";
import type { Properties } from "./handler.ts";
import { accountId, region } from "./naming.ts";
import { requireString, stringOf } from "./properties.ts";

type Invoke = (args: Properties, root: string) => Properties;

const invokes: Readonly<Record<string, Invoke>> = {
	"aws:index/getCallerIdentity:getCallerIdentity": () => ({
		id: accountId,
		accountId,
		arn: `arn:aws:iam::${accountId}:user/laptop`,
		userId: "AIDALAPTOPLAPTOPLAPTO",
	}),

	"aws:ecr/getImage:getImage": (args, root) => {
		const repositoryName = requireString(args, "repositoryName");
		const image = findImage(root, repositoryName, {
			tag: stringOf(args, "imageTag"),
			digest: stringOf(args, "imageDigest"),
			mostRecent: args.mostRecent === true,
		});
		return {
			...args,
			id: image.digest,
			imageDigest: image.digest,
			imageTags: image.tags,
			imagePushedAt: Math.floor(image.pushedAt / 1000),
			imageSizeInBytes: image.bytes,
			imageUri: `${image.repositoryUrl}@${image.digest}`,
			registryId: accountId,
			region,
		};
	},
};

/**
 * Answers a function of the provider from what lies in the cloud's folder; needs no daemon, so that a preview starts
 * none.
 * @throws for a function that this cloud does not have.
 */
export function runInvoke(
	token: string,
	args: Properties,
	root: string,
): Properties {
	const invoke = invokes[token];
	if (invoke === undefined)
		throw new Error(`the laptop cloud does not have the function ${token}`);
	return invoke(args, root);
}
