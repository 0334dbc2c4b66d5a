import { findImage } from "./ecr/registry.ts";
import type { Cloud, Properties } from "./handler.ts";
import { accountId } from "./naming.ts";
import { requireString, stringOf } from "./properties.ts";

type Invoke = (args: Properties, cloud: Cloud) => Properties;

const invokes: Readonly<Record<string, Invoke>> = {
	"aws:index/getCallerIdentity:getCallerIdentity": () => ({
		id: accountId,
		accountId,
		arn: `arn:aws:iam::${accountId}:user/laptop`,
		userId: "AIDALAPTOPLAPTOPLAPTO",
	}),

	"aws:ecr/getImage:getImage": (args, cloud) => {
		const repositoryName = requireString(args, "repositoryName");
		const image = findImage(cloud.root, repositoryName, {
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
			region: cloud.region,
		};
	},
};

/** @throws for a function that this cloud does not have. */
export async function runInvoke(
	token: string,
	args: Properties,
	cloud: Cloud,
): Promise<Properties> {
	const invoke = invokes[token];
	if (invoke === undefined)
		throw new Error(`the laptop cloud does not have the function ${token}`);
	return invoke(args, cloud);
}
