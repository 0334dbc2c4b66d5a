/** Seconds since 1970, of an instant, or of a wall clock read as if it were UTC. */
type Seconds = number;

const day = 86_400;
const hour = 3_600;

/** No zone had changed its clocks before this; every earlier time has the offset of this one. */
const firstChange = Date.UTC(1800, 0, 1) / 1000;
/** The last moment that a Date of JavaScript can hold, with a day to spare. */
const lastKnown = 8.64e12 - day;

/** Whether this machine knows the zone by that name. */
export function isKnownZone(name: string): boolean {
	try {
		new Intl.DateTimeFormat("en", { timeZone: name });
		return true;
	} catch {
		return false;
	}
}

/**
 * Gives the instant that a time without zone stands for in a zone, both in PostgreSQL's ISO form; undefined for what is
 * no finite time. Times that never were (clocks moved forward) are read with the offset before the change, times that
 * were twice (moved back) with the one after it: that is what PostgreSQL does.
 *
 * Offsets come from the time zone data of Node, which is not the server's: the two agree as far as both are up to date.
 */
export function createZone(
	name: string,
): (local: string) => string | undefined {
	if (/^(utc|gmt|etc\/(utc|gmt)|zulu|uct)$/i.test(name)) {
		return (local) => {
			if (!isFiniteTime(local)) return undefined;
			return local.endsWith(" BC")
				? `${local.slice(0, -3)}+00 BC`
				: `${local}+00`;
		};
	}
	const offsetAt = createOffsets(name);
	/** Offset of a whole day of the wall clock; undefined where it changes about then. */
	const days = new Map<number, Seconds | undefined>();
	return (local) => {
		const parsed = parseLocal(local);
		if (parsed === undefined) return undefined;
		const { seconds, fraction } = parsed;
		const today = Math.floor(seconds / day);
		if (!days.has(today)) days.set(today, steadyOffset(offsetAt, today * day));
		const offset = days.get(today) ?? offsetNearChange(offsetAt, seconds);
		return formatInstant(seconds - offset, fraction);
	};
}

function isFiniteTime(local: string): boolean {
	return !local.endsWith("infinity");
}

const localShape =
	/^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?( BC)?$/;

function parseLocal(
	local: string,
): { readonly seconds: Seconds; readonly fraction: string } | undefined {
	const match = localShape.exec(local);
	if (match === null) return undefined;
	const [, year, month, dayOfMonth, hours, minutes, seconds, fraction, era] =
		match;
	// The year before 1 is 1 BC, which astronomers call 0.
	const counted = era === undefined ? Number(year) : 1 - Number(year);
	return {
		seconds:
			daysSince1970(counted, Number(month), Number(dayOfMonth)) * day +
			Number(hours) * hour +
			Number(minutes) * 60 +
			Number(seconds),
		fraction: fraction ?? "",
	};
}

/** Days of the Gregorian calendar, also before there was one. Years are counted from March, so that leap days come last. */
function daysSince1970(
	year: number,
	month: number,
	dayOfMonth: number,
): number {
	const marchYear = month > 2 ? year : year - 1;
	const monthFromMarch = (month + 9) % 12;
	const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + dayOfMonth - 1;
	return (
		marchYear * 365 +
		Math.floor(marchYear / 4) -
		Math.floor(marchYear / 100) +
		Math.floor(marchYear / 400) +
		dayOfYear -
		719_468
	);
}

function formatInstant(instant: Seconds, fraction: string): string {
	const days = Math.floor(instant / day);
	const rest = instant - days * day;
	// The inverse of daysSince1970, by eras of 400 years.
	const shifted = days + 719_468;
	const era = Math.floor(shifted / 146_097);
	const dayOfEra = shifted - era * 146_097;
	const yearOfEra = Math.floor(
		(dayOfEra -
			Math.floor(dayOfEra / 1_460) +
			Math.floor(dayOfEra / 36_524) -
			Math.floor(dayOfEra / 146_096)) /
			365,
	);
	const dayOfYear =
		dayOfEra -
		(365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
	const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
	const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
	const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
	const two = (value: number) => String(value).padStart(2, "0");
	const shownYear = String(year > 0 ? year : 1 - year).padStart(4, "0");
	const clock = `${two(Math.floor(rest / hour))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
	return `${shownYear}-${two(month)}-${two(dayOfMonth)} ${clock}${fraction}+00${year > 0 ? "" : " BC"}`;
}

/** Gives the offset from UTC that a zone had at an instant. */
function createOffsets(name: string): (instant: Seconds) => Seconds {
	const format = new Intl.DateTimeFormat("en-US", {
		timeZone: name,
		calendar: "gregory",
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	});
	/** Whole hours are asked for again and again. */
	const hours = new Map<Seconds, Seconds>();
	const compute = (instant: Seconds): Seconds => {
		const known = Math.min(Math.max(instant, firstChange), lastKnown);
		const parts: Partial<Record<string, number>> = {};
		for (const { type, value } of format.formatToParts(known * 1000)) {
			parts[type] = Number(value);
		}
		const { year = 0, month = 1, day: dayOfMonth = 1 } = parts;
		const { hour: hours = 0, minute = 0, second = 0 } = parts;
		return (
			daysSince1970(year, month, dayOfMonth) * day +
			hours * hour +
			minute * 60 +
			second -
			known
		);
	};
	return (instant) => {
		if (instant % hour !== 0) return compute(instant);
		const before = hours.get(instant);
		if (before !== undefined) return before;
		const offset = compute(instant);
		if (hours.size >= rememberedHours) hours.clear();
		hours.set(instant, offset);
		return offset;
	};
}

const rememberedHours = 10_000;

/** The one offset that any reading of this day can have; undefined when there may be several. */
function steadyOffset(
	offsetAt: (instant: Seconds) => Seconds,
	start: Seconds,
): Seconds | undefined {
	const first = offsetAt(start - day);
	const isSteady = [start, start + day, start + 2 * day].every(
		(instant) => offsetAt(instant) === first,
	);
	return isSteady ? first : undefined;
}

/** Looks at the first change after the day before, as PostgreSQL does; an hour more or less makes no difference. */
function offsetNearChange(
	offsetAt: (instant: Seconds) => Seconds,
	seconds: Seconds,
): Seconds {
	const start = Math.floor((seconds - day) / hour) * hour;
	const before = offsetAt(start);
	let earlier = start;
	let later = start;
	do {
		earlier = later;
		later += hour;
		if (later > seconds + 2 * day) return before;
	} while (offsetAt(later) === before);
	while (later - earlier > 1) {
		const middle = Math.floor((earlier + later) / 2);
		if (offsetAt(middle) === before) earlier = middle;
		else later = middle;
	}
	const change = later;
	const after = offsetAt(change);
	const asBefore = seconds - before;
	const asAfter = seconds - after;
	if (asBefore < change && asAfter < change) return before;
	if (asBefore > change && asAfter >= change) return after;
	return asBefore > asAfter ? before : after;
}
