/** Minutes since midnight, or since Monday 00:00; `end` lies behind `start` even where the window wraps around. */
export interface MinuteWindow {
	readonly start: number;
	readonly end: number;
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** RDS takes nothing shorter, for backups and for maintenance. */
const SHORTEST_MINUTES = 30;
const LONGEST_MINUTES = DAY;

/** Reads RDS's daily form `03:00-04:00`; undefined when malformed or shorter than 30 minutes. */
export function minutesOfDay(text: string): MinuteWindow | undefined {
	const [from, to, ...rest] = text.split("-");
	const start = timeOfDay(from);
	const end = timeOfDay(to);
	if (start === undefined || end === undefined || rest.length > 0) {
		return undefined;
	}
	return checked(start, end, DAY);
}

/** Reads RDS's weekly form `sun:04:00-sun:05:00`; undefined when malformed, under 30 minutes or over a day. */
export function minutesOfWeek(text: string): MinuteWindow | undefined {
	const [from, to, ...rest] = text.split("-");
	const start = timeOfWeek(from);
	const end = timeOfWeek(to);
	if (start === undefined || end === undefined || rest.length > 0) {
		return undefined;
	}
	return checked(start, end, WEEK);
}

/** Whether a daily and a weekly window share a minute. False when either is malformed. */
export function windowsOverlap(daily: string, weekly: string): boolean {
	const day = minutesOfDay(daily);
	const week = minutesOfWeek(weekly);
	if (!day || !week) return false;
	// One day before and one after the week: a window may wrap around midnight or around Sunday.
	return Array.from({ length: 9 }, (_, index) => (index - 1) * DAY).some(
		(offset) => day.start + offset < week.end && week.start < day.end + offset,
	);
}

function checked(
	start: number,
	end: number,
	turn: number,
): MinuteWindow | undefined {
	const length = (end - start + turn) % turn;
	return length >= SHORTEST_MINUTES && length <= LONGEST_MINUTES
		? { start, end: start + length }
		: undefined;
}

function timeOfDay(text = ""): number | undefined {
	const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
	return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

function timeOfWeek(text = ""): number | undefined {
	const day = DAYS.indexOf(text.slice(0, 3));
	const time = text[3] === ":" ? timeOfDay(text.slice(4)) : undefined;
	return day < 0 || time === undefined ? undefined : day * DAY + time;
}
