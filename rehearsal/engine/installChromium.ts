import {
	findBrowser,
	installCommand,
} from "../../cutover/src/adapters/browser.ts";
import { installWithApt } from "./packageManager.ts";

/**
 * The Chromium or Chrome of this machine, installed when there is none and that needs no question (Debian as root).
 * Where it cannot be, it says how and answers undefined: the tests that need one then fail and say so, the others run.
 */
export async function ensureChromium(
	onProgress: (line: string) => void,
): Promise<string | undefined> {
	const named = process.env.CHROME_PATH || undefined;
	const present = findBrowser(named) ?? findBrowser();
	if (present !== undefined) return present;
	const problem = await installWithApt("chromium", onProgress);
	const found = findBrowser();
	if (found === undefined) {
		onProgress(
			`no Chromium or Chrome: ${problem ?? "installed, but not found after it"}; the tests in a browser will fail. Install one: ${installCommand()}`,
		);
	}
	return found;
}
