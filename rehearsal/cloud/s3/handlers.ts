import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { normalizePolicy } from "../iam/policy.ts";
import { requireString, stringOf } from "../properties.ts";
import { echo, rememberedHandler, withTags } from "../remember.ts";
import { bucketOf, requireBucketName } from "./buckets.ts";
import { bucketType } from "./bucketTypes.ts";

const bucketDefaults = {
	forceDestroy: false,
	objectLockEnabled: false,
	requestPayer: "BucketOwner",
};

const bucket: ResourceHandler = {
	replaceOn: ["bucket", "bucketPrefix", "objectLockEnabled"],
	async create({ inputs, autoName }, cloud) {
		const prefix = stringOf(inputs, "bucketPrefix");
		const name = requireBucketName(
			stringOf(inputs, "bucket") ??
				(prefix === undefined ? autoName() : `${prefix}${Date.now()}`),
		);
		if (cloud.resources.get(bucketType, name) !== undefined)
			throw new Error(
				`BucketAlreadyOwnedByYou: the bucket ${name} already exists`,
			);
		bucketOf(cloud, name).create();
		return {
			id: name,
			outputs: withTags({
				...bucketDefaults,
				...inputs,
				bucket: name,
				arn: `arn:aws:s3:::${name}`,
				bucketDomainName: `${name}.s3.amazonaws.com`,
				bucketRegionalDomainName: `${name}.s3.${cloud.region}.amazonaws.com`,
				hostedZoneId: "Z3AQBSTGFYJSTF",
				region: cloud.region,
			}),
		};
	},
	async read(id, outputs, cloud) {
		return bucketOf(cloud, id).exists()
			? (cloud.resources.get(bucketType, id)?.outputs ?? outputs)
			: undefined;
	},
	async update({ inputs, oldInputs, outputs }) {
		return echo(outputs, oldInputs, inputs, bucketDefaults);
	},
	async delete(id, outputs, cloud) {
		const { length } = bucketOf(cloud, id).list();
		if (length > 0 && outputs.forceDestroy !== true)
			throw new Error(
				`BucketNotEmpty: the bucket ${id} holds ${length} objects; empty it, or set forceDestroy: true and update first`,
			);
		bucketOf(cloud, id).remove();
	},
};

/** Settings of a bucket are resources of their own, one of each kind per bucket; its name is their id. */
function bucketSetting(type: string, defaults: Properties): ResourceHandler {
	return rememberedHandler({
		type,
		replaceOn: ["bucket", "expectedBucketOwner"],
		deleteBeforeReplace: true,
		defaults,
		describe({ inputs }, cloud) {
			const name = requireString(inputs, "bucket");
			requireBucket(cloud, name);
			return { id: name, outputs: {} };
		},
	});
}

/** Remembered and not enforced, as everything of IAM's; but it has to be a policy. */
const policyType = "aws:s3/bucketPolicy:BucketPolicy";
const bucketPolicy = rememberedHandler({
	type: policyType,
	replaceOn: ["bucket"],
	deleteBeforeReplace: true,
	describe({ inputs }, cloud) {
		const name = requireString(inputs, "bucket");
		requireBucket(cloud, name);
		return { id: name, outputs: { policy: normalizePolicy(inputs.policy) } };
	},
	verifyUpdate: ({ policy }) => {
		normalizePolicy(policy);
	},
});

function requireBucket(cloud: Cloud, name: string): void {
	if (cloud.resources.get(bucketType, name) === undefined)
		throw new Error(`NoSuchBucket: the bucket ${name} does not exist`);
}

const blockType = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const versioningType = "aws:s3/bucketVersioning:BucketVersioning";
const encryptionType =
	"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";

export const s3Handlers: Readonly<Record<string, ResourceHandler>> = {
	[bucketType]: bucket,
	[policyType]: bucketPolicy,
	[blockType]: bucketSetting(blockType, {
		blockPublicAcls: false,
		blockPublicPolicy: false,
		ignorePublicAcls: false,
		restrictPublicBuckets: false,
	}),
	[versioningType]: bucketSetting(versioningType, {}),
	[encryptionType]: bucketSetting(encryptionType, {}),
};
