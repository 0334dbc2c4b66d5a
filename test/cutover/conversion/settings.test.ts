import assert from "node:assert/strict";
import {
	convertSettings,
	defaultPreferences,
	preferencesText,
} from "../../../cutover/src/conversion/settings.ts";
import { trustedLogin } from "../../../cutover/src/conversion/trustedLogin.ts";

const { preferences } = trustedLogin.users;

describe("convertSettings", () => {
	const withoutSettings: readonly (readonly [string, string | null])[] = [
		["NULL", null],
		["an empty text", ""],
		["blanks", "  \n"],
		["a text cut short", '{"ui_theme": "dark", "email_notif'],
		["keys without quotes", '{ui_theme: "dark"}'],
		["a list", '["dark"]'],
		["a text", '"dark"'],
		["a number", "42"],
		["null", "null"],
	];
	for (const [what, text] of withoutSettings) {
		it(`gives the defaults without a language for ${what}`, () => {
			assert.deepEqual(convertSettings(text, preferences), {
				theme: "light",
				notifications: true,
			});
		});
	}

	const withSettings: readonly (readonly [string, string, object])[] = [
		[
			"takes all three keys over",
			'{"ui_theme":"dark","email_notifications":false,"lang":"de"}',
			{ theme: "dark", notifications: false, language: "de" },
		],
		[
			"fills what an empty object lacks",
			"{}",
			{ theme: "light", notifications: true, language: "en" },
		],
		[
			"replaces nulls by each key's default",
			'{"ui_theme":null,"email_notifications":null,"lang":null}',
			{ theme: "light", notifications: true, language: "en" },
		],
		[
			"replaces wrong types by each key's default",
			'{"ui_theme":7,"email_notifications":"no","lang":["de"]}',
			{ theme: "light", notifications: true, language: "en" },
		],
		[
			"keeps an empty text, which is of the right type",
			'{"ui_theme":"","lang":""}',
			{ theme: "", notifications: true, language: "" },
		],
		[
			"takes the last of a key given twice",
			'{"ui_theme":"dark","ui_theme":"light"}',
			{ theme: "light", notifications: true, language: "en" },
		],
		[
			"replaces a text with NUL, which cannot be stored",
			'{"ui_theme":"da\\u0000rk","lang":"de"}',
			{ theme: "light", notifications: true, language: "de" },
		],
		[
			"replaces half of a surrogate pair, which cannot be stored",
			'{"ui_theme":"\\ud800","lang":"fr"}',
			{ theme: "light", notifications: true, language: "fr" },
		],
		[
			"drops keys that nobody knows",
			'{"ui_theme":"dark","zoom":2}',
			{ theme: "dark", notifications: true, language: "en" },
		],
	];
	for (const [what, text, expected] of withSettings) {
		it(what, () => {
			assert.deepEqual(convertSettings(text, preferences), expected);
		});
	}

	it("leaves the language out of the defaults", () => {
		assert.equal("language" in defaultPreferences(preferences), false);
	});
});

describe("preferencesText", () => {
	const rules = {
		volume: {
			from: "volume",
			type: "number",
			default: 1.5,
			onlyWithSettings: false,
		},
		note: {
			from: "note",
			type: "string",
			default: "",
			onlyWithSettings: false,
		},
	} as const;
	for (const [what, settings, expected] of [
		[
			"writes numbers as the settings have them",
			'{"volume": 12345678901234567890.250, "note": "\\u0000"}',
			'{"volume": 12345678901234567890.250, "note": ""}',
		],
		[
			"gives the default for a number that PostgreSQL cannot hold",
			'{"volume": 1e1000000, "note": "say \\"hi\\""}',
			'{"volume": 1.5, "note": "say \\"hi\\""}',
		],
		[
			"gives the default for what is no number",
			'{"volume": "7"}',
			'{"volume": 1.5, "note": ""}',
		],
	] as const) {
		it(what, () => {
			assert.equal(preferencesText(convertSettings(settings, rules)), expected);
		});
	}
});
