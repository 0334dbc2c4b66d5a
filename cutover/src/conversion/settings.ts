import {
	fitsNumeric,
	flattenArrays,
	isStorable,
	memberNumbers,
} from "./json.ts";
import type { Preference } from "./mapping.ts";
import { quoteText } from "./sqlNames.ts";

/** Keys of `profiles.preferences`, each with the settings' key that it comes from. */
export type PreferenceRules = Readonly<Record<string, Preference>>;

/** A number as the settings have it: a double would round some, and not hold others. */
export class NumberText {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** What a profile keeps of the legacy settings; numbers of theirs as text, those of defaults as they are. */
export type Preferences = Readonly<
	Record<string, string | number | boolean | NumberText>
>;

/** Preferences as JSON text. */
export function preferencesText(preferences: Preferences): string {
	const members = Object.entries(preferences).map(([key, value]) => {
		const text =
			value instanceof NumberText ? value.text : JSON.stringify(value);
		return `${JSON.stringify(key)}: ${text}`;
	});
	return `{${members.join(", ")}}`;
}

/** Preferences of users whose settings are NULL, empty, malformed or no object. */
export function defaultPreferences(rules: PreferenceRules): Preferences {
	return Object.fromEntries(
		Object.entries(rules)
			.filter(([, one]) => !one.onlyWithSettings)
			.map(([key, one]) => [key, one.default]),
	);
}

/** Shorter text is parsed at once before it could be looked at for deep nesting. */
const longFrom = 1_000;

/** The preferences that come from a legacy settings text. */
export function convertSettings(
	settings: string | null,
	rules: PreferenceRules,
): Preferences {
	if (settings === null || !couldBeObject(settings)) {
		return defaultPreferences(rules);
	}
	const json = settings.length < longFrom ? settings : flattenArrays(settings);
	let parsed: unknown;
	try {
		parsed = JSON.parse(json);
	} catch {
		return defaultPreferences(rules);
	}
	if (!isRecord(parsed)) return defaultPreferences(rules);
	const given = parsed;
	const wantsNumbers = Object.values(rules).some(
		({ type }) => type === "number",
	);
	const numbers = wantsNumbers ? memberNumbers(json) : new Map();
	return Object.fromEntries(
		Object.entries(rules).map(([key, one]) => {
			if (one.type === "number") {
				const text = numbers.get(one.from);
				const isHeld = text !== undefined && fitsNumeric(text);
				return [key, isHeld ? new NumberText(text) : one.default];
			}
			const value = given[one.from];
			return [key, fits(value, one.type) ? value : one.default];
		}),
	);
}

/** What the settings have under each key that counts, as SQL columns: each is looked up once. `parsed` is jsonb. */
export function givenSettingsSql(
	parsed: string,
	rules: PreferenceRules,
): readonly string[] {
	return Object.values(rules).map(
		({ from }, nth) => `${parsed} -> ${quoteText(from)} AS given${nth}`,
	);
}

/**
 * `convertSettings` as SQL expression over settings that are jsonb already; NULL stands for none.
 *
 * @param row alias of a row with `parsed` and the columns of `givenSettingsSql`.
 */
export function convertSettingsSql(
	row: string,
	rules: PreferenceRules,
): string {
	const json = (one: unknown) => `${quoteText(JSON.stringify(one))}::jsonb`;
	const pairs = Object.entries(rules).map(([key, one], nth) => {
		const given = `${row}.given${nth}`;
		return `${quoteText(key)}, CASE WHEN jsonb_typeof(${given}) = '${one.type}' THEN ${given} ELSE ${json(one.default)} END`;
	});
	return `CASE WHEN jsonb_typeof(${row}.parsed) IS DISTINCT FROM 'object' THEN ${json(defaultPreferences(rules))} ELSE jsonb_build_object(${pairs.join(", ")}) END`;
}

/** Looks at both ends only: most of what is no object is cut off, or no JSON at all, and having the parser throw is dear. */
function couldBeObject(json: string): boolean {
	return json.trimStart().startsWith("{") && json.trimEnd().endsWith("}");
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fits(
	value: unknown,
	type: Preference["type"],
): value is string | boolean {
	if (typeof value !== type) return false;
	return typeof value !== "string" || isStorable(value);
}
