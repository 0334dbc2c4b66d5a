import { readFileSync } from "node:fs";
import { resolveBrowserPackage } from "./browserPackages.ts";

let kept: string | undefined;

/**
 * The accessibility rules as a script for a page; it defines `axe` there.
 *
 * @throws NotAvailableError when the package is not installed.
 */
export function accessibilityScript(): string {
	kept ??= readFileSync(resolveBrowserPackage("axe-core/axe.min.js"), "utf8");
	return kept;
}
