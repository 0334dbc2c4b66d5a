import type { Properties, PropertyFailure } from "../handler.ts";
import { accountId } from "../naming.ts";

/** Configuration that says nothing about where requests go. The region is accepted and us-east-1 answers. */
const accepted = [
	"region",
	"defaultTags",
	"version",
	"pluginDownloadURL",
	"skipCredentialsValidation",
	"skipMetadataApiCheck",
	"skipRegionValidation",
	"skipRequestingAccountId",
	"maxRetries",
	"retryMode",
	"autonaming",
];

/** Refuses what would lead to another cloud, or what is not done here: better than to ignore it. */
export function checkAwsConfig(inputs: Properties): readonly PropertyFailure[] {
	return Object.entries(inputs).flatMap(([property, value]) => {
		if (accepted.includes(property) || property.startsWith("__")) return [];
		if (property === "allowedAccountIds" && `${value}`.includes(accountId))
			return [];
		return [
			{
				property,
				reason: `the laptop cloud does not take aws:${property}; it has one account, ${accountId}, and its own credentials`,
			},
		];
	});
}
