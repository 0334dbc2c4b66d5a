import { z } from "zod";
import { reportAddress } from "../reports/address.ts";

/** A day, from its first moment in UTC, or a moment with its zone. */
const moment = z
	.union(
		[z.iso.date(), z.iso.datetime({ offset: true })],
		'expected a day such as "2027-06-30" or a time with its zone',
	)
	.transform((text) => Date.parse(text));

const prefix = z
	.string()
	.regex(
		/^(\/[\w.~-]+)+$/,
		"expected the beginning of a path, such as /api/v1, without a slash at its end",
	);

/** Options of `api usage`. */
export const usageSchema = z
	.object({
		/** Files, folders and s3:// addresses. */
		logs: z
			.string()
			.transform((text) =>
				text
					.split(",")
					.map((one) => one.trim())
					.filter((one) => one !== ""),
			)
			.refine((places) => places.length > 0, "expected at least one place"),
		oldPrefix: prefix.default("/api/v1"),
		newPrefix: prefix.default("/api/v2"),
		since: moment.optional(),
		until: moment.optional(),
		failIfUsedSince: moment.optional(),
		ignoreAgents: z
			.string()
			.default("")
			.transform((text) =>
				text
					.split(",")
					.map((one) => one.trim())
					.filter((one) => one !== ""),
			),
		reportDir: reportAddress,
	})
	.transform(({ failIfUsedSince, ...rest }) => ({
		...rest,
		/** From here on a call of the old version is a failure; undefined: it is only counted. */
		date: failIfUsedSince,
	}));

export type UsageSettings = z.infer<typeof usageSchema>;
