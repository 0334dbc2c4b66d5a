#!/usr/bin/env node
// Plain JavaScript, so that it starts without a build: the TypeScript sources are loaded through tsx. Where somebody
// has bundled them already and says so, the bundle starts in half the time and half the memory.
import { pathToFileURL } from "node:url";

const bundle = process.env.CUTOVER_BUNDLE;
if (bundle === undefined) {
	const { register } = await import("tsx/esm/api");
	register();
	await import("../src/cli.ts");
} else {
	await import(pathToFileURL(bundle).href);
}
