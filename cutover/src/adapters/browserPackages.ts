import { createRequire } from "node:module";
import { NotAvailableError } from "../errors.ts";

/**
 * Where a package lies that steers a browser: beside these sources, or beside the program that was started, since a
 * bundle may lie elsewhere. Never bundled: they read files beside themselves.
 *
 * @throws NotAvailableError when it is not installed.
 */
export function resolveBrowserPackage(name: string): string {
	for (const from of [import.meta.url, process.argv[1]]) {
		if (from === undefined) continue;
		try {
			return createRequire(from).resolve(name);
		} catch {
			// Looked for at the other place, too.
		}
	}
	throw new NotAvailableError(
		`${name} is not installed beside cutover; run npm ci in its checkout, or use the migration image`,
	);
}
