// Plain JavaScript with declarations of its own (playwright.d.mts), for the same reason as rdsSdk.mjs: the package
// declares two megabytes of types. Loaded only when a browser is wanted.
import { createRequire } from "node:module";

export function loadPlaywright(file) {
	return createRequire(import.meta.url)(file);
}
