import { z } from "zod";

const minute = 60_000;
const units: Readonly<Record<string, number>> = {
	minute,
	hour: 60 * minute,
	day: 24 * 60 * minute,
};

/** "30 minutes", "4 hours", "7 days" as milliseconds. */
export const duration = z
	.string()
	.regex(
		/^[1-9]\d{0,4} (minute|hour|day)s?$/,
		'expected a duration such as "30 minutes", "4 hours" or "7 days"',
	)
	.transform((text) => {
		const [number = "", unit = ""] = text.split(" ");
		return Number(number) * (units[unit.replace(/s$/, "")] ?? 0);
	});

/** How far two clocks may be apart, in milliseconds, before a time counts as lying in the future. */
export const clockToleranceMs = 2 * minute;
/** The longest that a mandatory criterion can be waived in an emergency, in milliseconds. */
export const longestEmergencyMs = 24 * 60 * minute;
/** The longest that the loss of a resource with data can be waived, in milliseconds. */
export const longestDestructionMs = 72 * 60 * minute;
/** The longest that a recommended criterion or an item can be waived, and a rollback stays authorised, in milliseconds. */
export const longestWaiverMs = 90 * 24 * 60 * minute;

/** A time as it is written everywhere here: UTC, to the second or finer. */
export const instant = z.iso.datetime(
	'expected a time in UTC such as "2027-06-06T02:00:00Z"',
);

/** Milliseconds since 1970; NaN when malformed, and NaN passes no comparison. */
export const msOf = (text: string): number => Date.parse(text);
