import fc from "fast-check";

/** Texts that JSON readers see differently, or that jsonb cannot hold. */
const pieces = [
	"\\u0000",
	"\\ud83d",
	"\\ude00",
	"\\ud83d\\ude00",
	"\\uD800\\uD800",
	"\\u00e9",
	"\\/",
	"\\\\",
	'\\"',
	"\\b\\f\\n\\r\\t",
	"\\x41",
	"\\",
	"\u2028",
	"\u007f",
	"é",
	"👩‍🚀",
	"\t",
	"\u0001",
	"dark",
	" ",
	"",
];

const text = fc
	.array(fc.constantFrom(...pieces), { maxLength: 3 })
	.map((some) => `"${some.join("")}"`);

const number = fc.constantFrom(
	...["0", "-0", "-0.0", "1", "1.50", "-7e2", "1e-3", "0e5", "0.0e-3"],
	...["12345678901234567890", "0.1234567890123456789", "1e400", "1E+20"],
	...["1e1000000", "-1e1000000", "1e-1000000", "1e131071", "1e131072"],
	...["01", "+1", ".5", "1.", "1e", "NaN", "Infinity", "0x10", "1_000"],
);

const word = fc.constantFrom(
	...["true", "false", "null", "True", "nul", "undefined", ""],
);

const key = fc.oneof(
	fc.constantFrom(
		'"ui_theme"',
		'"note"',
		'"zoom"',
		'"email_notifications"',
		'"lang"',
		'"\\u006cang"',
		'"__proto__"',
		'"UI_THEME"',
		'""',
		"ui_theme",
		"'lang'",
	),
	text,
);

const blank = fc.constantFrom("", "", "", " ", "\n", "\t ", "\u00a0", "\ufeff");

const { value } = fc.letrec<{ value: string; list: string; object: string }>(
	(tie) => ({
		value: fc.oneof(
			{ maxDepth: 4 },
			text,
			number,
			word,
			tie("list"),
			tie("object"),
		),
		list: fc
			.tuple(
				fc.array(tie("value"), { maxLength: 3 }),
				fc.constantFrom("]", "]", "]", ",]", ""),
			)
			.map(([items, end]) => `[${items.join(", ")}${end}`),
		object: fc
			.tuple(
				fc.array(
					fc.tuple(key, fc.constantFrom(":", ": ", " :", ""), tie("value")),
					{ maxLength: 4 },
				),
				fc.constantFrom("}", "}", "}", ",}", ""),
			)
			.map(
				([members, end]) =>
					`{${members.map((member) => member.join("")).join(",")}${end}`,
			),
	}),
);

/** JSON with everything in it that goes wrong in practice, and near misses. */
export const nastyJson: fc.Arbitrary<string> = fc
	.tuple(blank, value, blank)
	.map((parts) => parts.join(""));

/** The same sound: members that a settings text usually has. */
const usual = fc
	.record(
		{
			ui_theme: fc.oneof(fc.constantFrom("light", "dark"), fc.string()),
			email_notifications: fc.oneof(fc.boolean(), fc.constant("no")),
			lang: fc.oneof(fc.constantFrom("en", "de"), fc.constant(null)),
			zoom: fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.boolean()),
			extra: fc.jsonValue({ maxDepth: 2 }),
		},
		{ requiredKeys: [] },
	)
	.map((settings) => JSON.stringify(settings));

/** An object whose members are nasty, so that most of them get as far as the preferences. */
const nastyObject = fc
	.array(
		fc.oneof(
			{ weight: 4, arbitrary: fc.tuple(key, value) },
			// Beside something that PostgreSQL refuses, a number has to come through as it is written.
			{ weight: 1, arbitrary: fc.tuple(fc.constant('"zoom"'), number) },
		),
		{ minLength: 1, maxLength: 4 },
	)
	.map(
		(members) =>
			`{${members.map(([name, one]) => `${name}: ${one}`).join(", ")}}`,
	);

/** Nesting from harmless to deeper than any server's stack. */
const deep = fc
	.tuple(
		fc.constantFrom(10, 900, 1_100, 5_000, 20_000),
		fc.constantFrom("[]", '{"a":}'),
	)
	.map(([depth, kind]) => {
		const [open = "", close = ""] = kind === "[]" ? ["[", "]"] : ['{"a":', "}"];
		return `{"ui_theme": "dark", "tree": ${open.repeat(depth)}1${close.repeat(depth)}}`;
	});

/** The text without what a text column of PostgreSQL cannot hold: NUL, and halves of surrogate pairs. */
export function storable(content: string): string {
	return content.replace(/\0|\p{Surrogate}/gu, "");
}

/** Settings of legacy users, at their worst; none holds what a text column of PostgreSQL cannot hold. */
export const fuzzedSettings: fc.Arbitrary<string | null> = fc
	.oneof(
		{ weight: 300, arbitrary: usual },
		{ weight: 300, arbitrary: nastyObject },
		{ weight: 300, arbitrary: nastyJson },
		{ weight: 60, arbitrary: fc.string() },
		{ weight: 30, arbitrary: fc.constantFrom(null, "", "  ", "{}", "[]") },
		{ weight: 1, arbitrary: deep },
	)
	.map((settings) => (settings === null ? null : storable(settings)));
