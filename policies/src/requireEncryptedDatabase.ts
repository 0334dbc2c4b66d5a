import type { ResourceValidationPolicy } from "@pulumi/policy";
import { databaseTypes } from "./databases.ts";
import { expectInput } from "./expectations.ts";
import { defineRule } from "./rule.ts";

/** Databases hold password hashes: a disk or snapshot that leaves AWS must be unreadable. */
export function requireEncryptedDatabase(): ResourceValidationPolicy {
	return defineRule({
		name: "require-encrypted-database",
		description: "Databases are encrypted at rest.",
		types: databaseTypes,
		defaults: {},
		schema: {},
		find: (resource) =>
			expectInput(
				resource,
				"storageEncrypted",
				true,
				"set storageEncrypted: true before the first update, because RDS encrypts a database only when it makes it",
			),
	});
}
