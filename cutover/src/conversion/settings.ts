import { isStorable } from "./json.ts";

/** What a profile keeps of the legacy settings. `language` is absent where there were no settings at all. */
export interface Preferences {
	readonly theme: string;
	readonly notifications: boolean;
	readonly language?: string;
}

/** Preferences of users whose settings are NULL, empty, malformed or no object. */
export const defaultPreferences: Preferences = {
	theme: "light",
	notifications: true,
};

/** The preferences that come from a legacy settings text. */
export function convertSettings(settings: string | null): Preferences {
	if (settings === null) return defaultPreferences;
	let parsed: unknown;
	try {
		parsed = JSON.parse(settings);
	} catch {
		return defaultPreferences;
	}
	if (!isRecord(parsed)) return defaultPreferences;
	const { ui_theme, email_notifications, lang } = parsed;
	return {
		theme: textOr(ui_theme, "light"),
		notifications:
			typeof email_notifications === "boolean" ? email_notifications : true,
		language: textOr(lang, "en"),
	};
}

/** `convertSettings` as SQL expression; only for settings that are known to be JSON, or empty. */
export function convertSettingsSql(column: string): string {
	const value = `(CASE WHEN ${column} <> '' THEN ${column}::jsonb END)`;
	const key = (name: string, type: string, otherwise: string) =>
		`CASE WHEN jsonb_typeof(j.s -> '${name}') = '${type}' THEN j.s -> '${name}' ELSE '${otherwise}' END`;
	// One reading of the text serves all three keys.
	return `(SELECT CASE WHEN jsonb_typeof(j.s) IS DISTINCT FROM 'object' THEN '${JSON.stringify(defaultPreferences)}'::jsonb ELSE jsonb_build_object('theme', ${key("ui_theme", "string", '"light"')}, 'notifications', ${key("email_notifications", "boolean", "true")}, 'language', ${key("lang", "string", '"en"')}) END FROM (SELECT ${value} AS s OFFSET 0) j)`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOr(value: unknown, otherwise: string): string {
	return typeof value === "string" && isStorable(value) ? value : otherwise;
}
