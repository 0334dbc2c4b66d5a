import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { Finding } from "./finding.ts";
import { notYetKnown, readInput } from "./inputs.ts";
import { reportFinding } from "./report.ts";
import { configSchema, settingsOf, withCommon } from "./settings.ts";

const bucketType = "aws:s3/bucket:Bucket";
const policyType = "aws:s3/bucketPolicy:BucketPolicy";
const name = "require-bucket-policy";
const description = "Every bucket has a policy.";

/**
 * `require-tls` judges the bucket policies that there are; a bucket without one is seen only beside all the others. The
 * engine asks at the end: a preview is refused, an update fails after it was made.
 */
export function requireBucketPolicy(): StackValidationPolicy {
	const defaults = withCommon({});
	return {
		name,
		description,
		enforcementLevel: "mandatory",
		configSchema: configSchema({}, defaults),
		validateStack: (args, reportViolation) => {
			const settings = settingsOf(name, args, defaults);
			const policies = args.resources.filter(({ type }) => type === policyType);
			for (const bucket of args.resources) {
				if (bucket.type !== bucketType) continue;
				if (policies.some((policy) => isPolicyOf(policy, bucket))) continue;
				reportFinding(reportViolation, description, bucket, missing, settings);
			}
		},
	};
}

const missing: Finding = {
	expected: "a bucket policy that denies everybody s3:* without TLS",
	actual: "nothing",
	fix: "declare an aws.s3.BucketPolicy for it",
};

/** By the reference in the program, or by name where the program spells the name out. */
function isPolicyOf(policy: PolicyResource, bucket: PolicyResource): boolean {
	const references = policy.propertyDependencies.bucket ?? [];
	const named = readInput(policy.props, "bucket");
	return (
		references.some(({ urn }) => urn === bucket.urn) ||
		(typeof named === "string" &&
			named !== "" &&
			named === readInput(bucket.props, "bucket")) ||
		// Neither can be told: the update will know.
		(references.length === 0 && named === notYetKnown)
	);
}
