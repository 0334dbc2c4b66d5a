import type {
	ResourceValidationPolicy,
	StackValidationPolicy,
} from "@pulumi/policy";
import { disallowLatestTag } from "./disallowLatestTag.ts";
import { disallowPublicDatabase } from "./disallowPublicDatabase.ts";
import { disallowWildcardIam } from "./disallowWildcardIam.ts";
import { requireBackupRetention } from "./requireBackupRetention.ts";
import { requireBucketPolicy } from "./requireBucketPolicy.ts";
import { requireDeletionProtection } from "./requireDeletionProtection.ts";
import { requireEncryptedDatabase } from "./requireEncryptedDatabase.ts";
import { requireFinalSnapshot } from "./requireFinalSnapshot.ts";
import { requireGoLiveDecision } from "./requireGoLiveDecision.ts";
import { requireLogRetention } from "./requireLogRetention.ts";
import { requireMaintenanceWindow } from "./requireMaintenanceWindow.ts";
import { requireMultiAz } from "./requireMultiAz.ts";
import { requireNonRoot } from "./requireNonRoot.ts";
import { requireProbesAndLimits } from "./requireProbesAndLimits.ts";
import { requireProvenImages } from "./requireProvenImages.ts";
import { requireRollbackReady } from "./requireRollbackReady.ts";
import { requireTags } from "./requireTags.ts";
import { requireTls } from "./requireTls.ts";

/** Those that ask before anything else whether the update may begin at all. */
export function gateRules(): ResourceValidationPolicy[] {
	return [
		requireGoLiveDecision(),
		requireMaintenanceWindow(),
		requireRollbackReady(),
	];
}

/** Every rule of the pack that judges a resource by itself. */
export function resourceRules(): ResourceValidationPolicy[] {
	return [
		requireEncryptedDatabase(),
		disallowPublicDatabase(),
		requireBackupRetention(),
		requireFinalSnapshot(),
		requireDeletionProtection(),
		requireMultiAz(),
		requireTls(),
		requireProbesAndLimits(),
		requireNonRoot(),
		disallowLatestTag(),
		requireProvenImages(),
		requireTags(),
		disallowWildcardIam(),
		requireLogRetention(),
	];
}

/** Those that have to see all resources together, at the end of a preview or an update. */
export function stackRules(): StackValidationPolicy[] {
	return [requireBucketPolicy()];
}
