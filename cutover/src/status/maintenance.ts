/** When an environment may be worked on, in UTC. */
export interface Schedule {
	readonly every: "day" | "week" | "month";
	/** Of a weekly window, or the first of a month: 0 is Sunday. */
	readonly weekday: number;
	/** Minutes since midnight. */
	readonly fromMinute: number;
	readonly minutes: number;
	/** For people. */
	readonly text: string;
	/** What has to be true before such a window is used. */
	readonly needs: string;
}

export const environments = ["development", "staging", "production"] as const;
export type Environment = (typeof environments)[number];

export const schedules: Readonly<Record<Environment, Schedule>> = {
	development: {
		every: "day",
		weekday: 0,
		fromMinute: 120,
		minutes: 120,
		text: "daily 02:00–04:00 UTC",
		needs: "nobody has to be told",
	},
	staging: {
		every: "week",
		weekday: 0,
		fromMinute: 60,
		minutes: 240,
		text: "Sundays 01:00–05:00 UTC",
		needs: "tell the development and QA teams",
	},
	production: {
		every: "month",
		weekday: 0,
		fromMinute: 120,
		minutes: 240,
		text: "first Sunday of the month 02:00–06:00 UTC",
		needs:
			"users, support and management told two weeks ahead, approved, with a rollback plan",
	},
};

export interface Window {
	readonly start: Date;
	readonly end: Date;
}

const DAY_MS = 24 * 60 * 60_000;

/** The window that is open now, or else the next one. */
export function nextWindow(schedule: Schedule, now: Date): Window {
	const today = Date.UTC(
		now.getUTCFullYear(),
		now.getUTCMonth(),
		now.getUTCDate(),
	);
	// Two months hold a first Sunday that is not over, whatever today is.
	for (let day = 0; day <= 62; day += 1) {
		const date = new Date(today + day * DAY_MS);
		if (!isDayOf(schedule, date)) continue;
		const start = new Date(date.getTime() + schedule.fromMinute * 60_000);
		const end = new Date(start.getTime() + schedule.minutes * 60_000);
		if (end > now) return { start, end };
	}
	throw new Error(`expected a window within two months of ${now}, got none`);
}

function isDayOf({ every, weekday }: Schedule, date: Date): boolean {
	if (every === "day") return true;
	if (date.getUTCDay() !== weekday) return false;
	return every === "week" || date.getUTCDate() <= 7;
}
