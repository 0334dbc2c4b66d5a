import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { NotAvailableError } from "../errors.ts";

let kept: string | undefined;

/**
 * The accessibility rules as a script for a page; it defines `axe` there.
 *
 * @throws NotAvailableError when the package is not installed.
 */
export function accessibilityScript(): string {
	try {
		kept ??= readFileSync(
			createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
			"utf8",
		);
		return kept;
	} catch (error) {
		throw new NotAvailableError(
			"axe-core is not installed beside cutover; run npm ci in a checkout, or use the migration image",
			{ cause: error },
		);
	}
}
