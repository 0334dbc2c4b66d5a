import { unknown } from "../diff.ts";
import type { Properties } from "../handler.ts";

/** The engine's marks for values that JSON has no form for. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";

/** One per kind of value; which kind never matters here. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownTexts: ReadonlySet<unknown> = new Set([
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421",
	unknownText,
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
	"030794c1-ac77-496b-92df-f27374a8bd58",
	"e48ece36-62e2-4504-bad9-02848725956a",
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export interface Decoded {
	/** Plain values; `unknown` (the symbol) where a value is not known yet. */
	readonly values: Properties;
	/** Top-level properties that are, or hold, a secret. */
	readonly secrets: readonly string[];
}

/**
 * Takes the engine's marks off a property map.
 * @throws for assets and archives: no type of the laptop cloud takes one.
 */
export function decode(properties: Properties): Decoded {
	const secrets: string[] = [];
	const values = Object.fromEntries(
		Object.entries(properties).map(([name, value]) => {
			const note = { secret: false };
			const plain = decodeValue(value, note);
			if (note.secret) secrets.push(name);
			return [name, plain];
		}),
	);
	return { values, secrets };
}

/** Puts the marks back: unknown values, and the named top-level properties as secrets. */
export function encode(
	values: Properties,
	secrets: readonly string[] = [],
): Properties {
	return Object.fromEntries(
		Object.entries(values)
			.filter(([, value]) => value !== undefined)
			.map(([name, value]) => {
				const plain = encodeValue(value);
				return [
					name,
					secrets.includes(name)
						? { [signature]: secretSignature, value: plain }
						: plain,
				];
			}),
	);
}

/** Whether a value is, or holds, one that is not known yet. */
export function hasUnknown(value: unknown): boolean {
	if (value === unknown) return true;
	return (
		typeof value === "object" &&
		value !== null &&
		Object.values(value).some(hasUnknown)
	);
}

function decodeValue(value: unknown, note: { secret: boolean }): unknown {
	if (unknownTexts.has(value)) return unknown;
	if (Array.isArray(value)) return value.map((item) => decodeValue(item, note));
	if (typeof value !== "object" || value === null) return value;
	const object = value as Properties;
	switch (object[signature]) {
		case undefined:
			return Object.fromEntries(
				Object.entries(object)
					.filter(([key]) => key !== "__defaults")
					.map(([key, item]) => [key, decodeValue(item, note)]),
			);
		case secretSignature:
			note.secret = true;
			return decodeValue(object.value, note);
		case outputSignature:
			if (object.secret === true) note.secret = true;
			return "value" in object ? decodeValue(object.value, note) : unknown;
		case resourceSignature:
			return decodeValue(object.id ?? object.urn, note);
		case assetSignature:
		case archiveSignature:
			throw new Error("the laptop cloud takes no assets or archives");
		default:
			throw new Error(
				`the engine sent a kind of value that is not known here: ${object[signature]}`,
			);
	}
}

function encodeValue(value: unknown): unknown {
	if (value === unknown) return unknownText;
	if (Array.isArray(value)) return value.map(encodeValue);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, item]) => item !== undefined)
			.map(([key, item]) => [key, encodeValue(item)]),
	);
}
