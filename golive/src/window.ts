import { z } from "zod";

const weekdays = [
	"sunday",
	"monday",
	"tuesday",
	"wednesday",
	"thursday",
	"friday",
	"saturday",
] as const;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const time = z
	.string()
	.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as "02:00"')
	.transform((text) => {
		const [hours = "", minutes = ""] = text.split(":");
		return Number(hours) * 60 + Number(minutes);
	});
const group = z.string().min(1).max(100);
const role = z.string().min(1).max(100);

/** When production may be touched, and what must have been done before. */
export const maintenanceWindow = z
	.strictObject({
		/** IANA name: the times below are this zone's wall clock. */
		timeZone: z
			.string()
			.refine(
				isTimeZone,
				'expected a time zone such as "UTC" or "Europe/Paris"',
			)
			.default("UTC"),
		/** "day", a weekday, or the month's first one ("first sunday"). */
		every: z
			.string()
			.regex(
				new RegExp(`^(day|(first )?(${weekdays.join("|")}))$`),
				'expected "day", a weekday such as "sunday", or "first sunday"',
			),
		/** Minutes since midnight. */
		from: time,
		/** Minutes since midnight; at or before `from` it is the next day's. */
		to: time,
		/** Who has to be told. */
		notify: z.array(group).default([]),
		/** How many days ahead. */
		noticeDays: z.number().min(0).max(365).default(0),
		/** Roles that may say that notice was given. */
		noticeBy: z.array(role).default([]),
		/** Roles of whom one has to approve the very window. Default: nobody. */
		approvedBy: z.array(role).default([]),
		/** Whether GO has to name a release to go back to. */
		rollbackPlan: z.boolean().default(false),
	})
	.refine(
		({ notify, noticeBy }) => notify.length === 0 || noticeBy.length > 0,
		{
			path: ["noticeBy"],
			message: "expected who may say that notice was given",
		},
	);

export type MaintenanceWindow = z.infer<typeof maintenanceWindow>;

/** One occurrence, in milliseconds since 1970; the end is not part of it. */
export interface Occurrence {
	readonly startMs: number;
	readonly endMs: number;
}

/** The occurrence that holds a moment; undefined outside, and for a time that is none. */
export function inWindow(
	nowMs: number,
	window: MaintenanceWindow,
): Occurrence | undefined {
	return occurrences(nowMs, window, [-1, 0, 1]).find(
		({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs,
	);
}

/** The next occurrence that begins after a moment. */
export function nextWindow(
	nowMs: number,
	window: MaintenanceWindow,
): Occurrence | undefined {
	// The longest way from one first Sunday to the next is 35 days.
	const days = Array.from({ length: 40 }, (_, index) => index - 1);
	return occurrences(nowMs, window, days).find(
		({ startMs }) => startMs > nowMs,
	);
}

function occurrences(
	nowMs: number,
	window: MaintenanceWindow,
	days: readonly number[],
): readonly Occurrence[] {
	if (!Number.isFinite(nowMs)) return [];
	const today = wallClock(nowMs, window.timeZone);
	const minutes =
		window.to > window.from
			? window.to - window.from
			: window.to + 24 * 60 - window.from;
	return days.flatMap((day) => {
		// The wall clock's date as if it were UTC: counting days then never meets a change of the clock.
		const midnight = today.midnightMs + day * dayMs;
		if (!isWindowDay(midnight, window.every)) return [];
		const startMs = instantOf(
			midnight + window.from * minuteMs,
			window.timeZone,
		);
		const wallEndMs = instantOf(
			midnight + (window.from + minutes) * minuteMs,
			window.timeZone,
		);
		// Where clocks go back inside the window it does not get longer: four hours at most.
		const endMs = Math.min(wallEndMs, startMs + minutes * minuteMs);
		return [{ startMs, endMs }];
	});
}

function isWindowDay(midnightMs: number, every: string): boolean {
	if (every === "day") return true;
	const date = new Date(midnightMs);
	const weekday = weekdays[date.getUTCDay()];
	return every.startsWith("first ")
		? every === `first ${weekday}` && date.getUTCDate() <= 7
		: every === weekday;
}

/** The moment at which a zone's wall clock shows a time (given as if it were UTC). */
function instantOf(wallMs: number, timeZone: string): number {
	const guess = wallMs - offsetMs(wallMs, timeZone);
	return wallMs - offsetMs(guess, timeZone);
}

function offsetMs(ms: number, timeZone: string): number {
	const { midnightMs, minutes } = wallClock(ms, timeZone);
	return midnightMs + minutes * minuteMs - Math.floor(ms / minuteMs) * minuteMs;
}

function wallClock(
	ms: number,
	timeZone: string,
): { readonly midnightMs: number; readonly minutes: number } {
	const parts = new Map(
		formatter(timeZone)
			.formatToParts(ms)
			.map(({ type, value }) => [type, Number(value)]),
	);
	const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
	return {
		midnightMs: Date.UTC(of("year"), of("month") - 1, of("day")),
		minutes: of("hour") * 60 + of("minute"),
	};
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
	const known = formatters.get(timeZone);
	if (known) return known;
	const made = new Intl.DateTimeFormat("en-US", {
		timeZone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
	});
	formatters.set(timeZone, made);
	return made;
}

function isTimeZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat("en-US", { timeZone: name });
		return true;
	} catch {
		return false;
	}
}
