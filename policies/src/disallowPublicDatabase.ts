import type { ResourceValidationPolicy } from "@pulumi/policy";

/** A database with a public address is one wrong rule away from the internet. */
export function disallowPublicDatabase(): ResourceValidationPolicy {
	return {
		name: "disallow-public-database",
		description: "RDS instances have no public address.",
		enforcementLevel: "mandatory",
		validateResource: (resource, reportViolation) => {
			if (resource.type !== "aws:rds/instance:Instance") return;
			const { publiclyAccessible } = resource.props;
			if (publiclyAccessible === false) return;
			reportViolation(
				`${resource.name}: expected publiclyAccessible false, got ${String(publiclyAccessible)}; ` +
					"set publiclyAccessible: false and reach the database through the VPC",
			);
		},
	};
}
