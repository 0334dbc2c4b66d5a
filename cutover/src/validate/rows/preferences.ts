import type { Preference } from "../../conversion/mapping.ts";
import { type JsonValue, objectText, quote, readJson } from "./json.ts";
import { numericText } from "./numbers.ts";
import { nullWire, textOf, type Wire, wireOf } from "./wire.ts";

/** Settings that are remembered: most users have one of few texts. */
const remembered = 10_000;
const rememberedLength = 500;

/** Gives the preferences that follow from a settings text, as jsonb prints them. */
export function createPreferences(
	wanted: Readonly<Record<string, Preference>>,
): (settings: Wire) => Wire {
	const known = new Map<Wire, Wire>();
	return (settings) => {
		const before = known.get(settings);
		if (before !== undefined) return before;
		const preferences = wireOf(preferencesOf(settings, wanted));
		if (settings.length <= rememberedLength) {
			if (known.size >= remembered) known.clear();
			known.set(settings, preferences);
		}
		return preferences;
	};
}

function preferencesOf(
	settings: Wire,
	wanted: Readonly<Record<string, Preference>>,
): string {
	const read =
		settings === nullWire ? undefined : readJson(textOf(settings))?.members;
	const members = new Map<string, JsonValue>();
	for (const [key, preference] of Object.entries(wanted)) {
		if (read === undefined && preference.onlyWithSettings) continue;
		const given = read?.get(preference.from);
		members.set(
			key,
			given !== undefined && given.text !== undefined && fits(given, preference)
				? given
				: defaultOf(preference),
		);
	}
	return objectText(members);
}

function fits(given: JsonValue, preference: Preference): boolean {
	return preference.type === "boolean"
		? given.kind === "literal" && given.text !== "null"
		: given.kind === preference.type;
}

function defaultOf(preference: Preference): JsonValue {
	const value = preference.default;
	switch (typeof value) {
		case "string":
			return { kind: "string", text: quote(value) };
		case "number":
			return { kind: "number", text: numericText(String(value)) };
		case "boolean":
			return { kind: "literal", text: String(value) };
	}
}
