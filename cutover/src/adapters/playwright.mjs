// Plain JavaScript with declarations of its own (playwright.d.mts), for the same reason as rdsSdk.mjs: the package
// declares two megabytes of types. Loaded only when a browser is wanted; a bundle leaves it outside.
export function loadPlaywright() {
	return import("playwright-core");
}
