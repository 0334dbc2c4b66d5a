import type { ResourceValidationPolicy } from "@pulumi/policy";

/** Databases hold password hashes: a disk or snapshot that leaves AWS must be unreadable. */
export function requireEncryptedDatabase(): ResourceValidationPolicy {
	return {
		name: "require-encrypted-database",
		description: "RDS instances are encrypted at rest.",
		enforcementLevel: "mandatory",
		validateResource: (resource, reportViolation) => {
			if (resource.type !== "aws:rds/instance:Instance") return;
			const { storageEncrypted } = resource.props;
			if (storageEncrypted === true) return;
			reportViolation(
				`${resource.name}: expected storageEncrypted true, got ${String(storageEncrypted)}; ` +
					"set storageEncrypted: true before the first update, because RDS encrypts an instance only when it makes it",
			);
		},
	};
}
