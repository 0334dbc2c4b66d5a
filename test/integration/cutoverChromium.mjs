// Plain JavaScript with declarations of its own: the package declares two megabytes of types.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(
	new URL("../../cutover/package.json", import.meta.url),
);

export async function startBrowser() {
	const { chromium } = require("playwright-core");
	const executablePath = [
		process.env.CHROME_PATH ?? "",
		"/usr/bin/chromium",
		"/usr/bin/chromium-browser",
		"/usr/bin/google-chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	].find((path) => path !== "" && existsSync(path));
	if (executablePath === undefined) {
		throw new Error(
			"expected Chromium or Chrome on this machine, got none; install it or set CHROME_PATH",
		);
	}
	return await chromium.launch({
		executablePath,
		chromiumSandbox: process.getuid?.() !== 0,
	});
}

export function accessibilityScript() {
	return readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
}
