import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./places.ts";

/** Oldest engine whose language host protocol the programs are tested with; the next major may change it. */
const oldest = [3, 200, 0] as const;
const nextMajor = 4;

/** What to say when an engine is refused. */
export const engineRange = `>=${oldest.join(".")} <${nextMajor}`;

/** `v3.250.0`, `3.250.0-alpha.1` → [3, 250, 0]; undefined when the text is no version. */
export function parseVersion(
	text: string,
): [number, number, number] | undefined {
	const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text.trim());
	return match
		? [Number(match[1]), Number(match[2]), Number(match[3])]
		: undefined;
}

/** Whether an engine of this version may run the programs; an unreadable version does not fit. */
export function engineFits(version: string): boolean {
	const parsed = parseVersion(version);
	if (parsed === undefined || parsed[0] >= nextMajor) return false;
	return !isOlder(parsed, oldest);
}

/** The version that is downloaded or built, `3.250.0`: the one the module file names. */
export function pinnedEngineVersion(): string {
	const file = join(checkout(), "rehearsal/engine/gomod/go.mod");
	const version = /^require github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)$/m.exec(
		readFileSync(file, "utf8"),
	)?.[1];
	if (version === undefined)
		throw new Error(`${file} does not require github.com/pulumi/pulumi/pkg/v3`);
	return version;
}

/** Version of an installed package, read from node_modules. */
export function packageVersion(name: string): string {
	const file = join(checkout(), "node_modules", name, "package.json");
	const content: unknown = JSON.parse(readFileSync(file, "utf8"));
	if (
		typeof content === "object" &&
		content !== null &&
		"version" in content &&
		typeof content.version === "string"
	)
		return content.version;
	throw new Error(`${file} names no version; run npm ci`);
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
	for (const [index, part] of than.entries()) {
		const own = version[index] ?? 0;
		if (own !== part) return own < part;
	}
	return false;
}
