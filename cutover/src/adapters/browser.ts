import { createHash, X509Certificate } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { connect } from "node:tls";
import { NotAvailableError, reasonOf } from "../errors.ts";
import { resolveBrowserPackage } from "./browserPackages.ts";
import {
	closeScratch,
	openScratch,
	withTemporaryFolder,
} from "./browserScratch.ts";
import { type Browser, loadPlaywright } from "./playwright.mjs";

/** Time that a browser gets to start; the first start on a cold disk takes longest. */
const startTimeoutMs = 30_000;

const names = [
	"chromium",
	"chromium-browser",
	"google-chrome-stable",
	"google-chrome",
	"chrome",
];

const usualPlaces = [
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome-stable",
	"/usr/bin/google-chrome",
	"/opt/google/chrome/chrome",
	"/snap/bin/chromium",
	"/usr/lib/chromium/chromium",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The Chromium or Chrome of this machine: the one that is named, else the first on PATH, else in the usual places. */
export function findBrowser(named?: string): string | undefined {
	if (named !== undefined) return isExecutable(named) ? named : undefined;
	const onPath = (process.env.PATH ?? "")
		.split(delimiter)
		.filter((folder) => folder !== "")
		.flatMap((folder) => names.map((name) => join(folder, name)));
	return [...onPath, ...usualPlaces].find(isExecutable);
}

/**
 * The same, for work that cannot do without.
 *
 * @throws NotAvailableError with the command that installs one.
 */
export function requireBrowser(named?: string): string {
	const found = findBrowser(named);
	if (found !== undefined) return found;
	throw new NotAvailableError(
		named === undefined
			? `no Chromium or Chrome on this machine; install one: ${installCommand()}, or name it with --browser or CHROME_PATH`
			: `expected a browser at ${named}, got ${existsSync(named) ? "a file that cannot be executed" : "nothing"}; name Chromium or Chrome with --browser or CHROME_PATH, or install one: ${installCommand()}`,
	);
}

/** What installs a browser on this kind of machine. */
export function installCommand(
	platform: NodeJS.Platform = process.platform,
	has: (file: string) => boolean = existsSync,
	isRoot: boolean = process.getuid?.() === 0,
): string {
	const sudo = isRoot ? "" : "sudo ";
	if (platform === "darwin") return "brew install --cask chromium";
	if (has("/usr/bin/apt-get")) return `${sudo}apt-get install -y chromium`;
	if (has("/usr/bin/dnf")) return `${sudo}dnf install -y chromium`;
	if (has("/sbin/apk")) return `${sudo}apk add chromium`;
	return "the package chromium of your system";
}

/** What a browser is started with; pure, so that it can be looked at. */
export function browserFlags(trustedKeys: readonly string[]): string[] {
	return [
		"--disable-gpu",
		"--disable-quic",
		"--no-first-run",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-sync",
		...(trustedKeys.length > 0
			? [`--ignore-certificate-errors-spki-list=${trustedKeys.join(",")}`]
			: []),
	];
}

/**
 * Starts a headless browser with a fresh profile; it ends with this process.
 *
 * @throws NotAvailableError when it, or the package that steers it, is not there or does not start.
 */
export async function launchBrowser(
	executablePath: string,
	trustedKeys: readonly string[] = [],
): Promise<Browser> {
	const { chromium } = loadPlaywright(resolveBrowserPackage("playwright-core"));
	const scratch = openScratch();
	try {
		const browser = await withTemporaryFolder(scratch, () =>
			chromium.launch({
				executablePath,
				headless: true,
				// The superuser cannot have the sandbox; anybody else keeps it.
				chromiumSandbox: process.getuid?.() !== 0,
				args: browserFlags(trustedKeys),
				timeout: startTimeoutMs,
				artifactsDir: scratch,
				tracesDir: join(scratch, "traces"),
				// The command line decides what a signal means: data is removed and the report written first.
				handleSIGINT: false,
				handleSIGTERM: false,
				handleSIGHUP: false,
			}),
		);
		const close = browser.close.bind(browser);
		browser.close = async () => {
			await close().finally(() => closeScratch(scratch));
		};
		return browser;
	} catch (error) {
		closeScratch(scratch);
		throw new NotAvailableError(
			`${executablePath} does not start: ${startProblem(reasonOf(error))}; try it by hand with --headless --dump-dom about:blank`,
			{ cause: error },
		);
	}
}

/**
 * The key of the certificate that an address shows, once it is proven against the given authority: the browser is then
 * told to accept exactly this key, since it reads no authority from a file.
 *
 * @throws when the certificate is not signed by the authority, or nobody answers.
 */
export async function verifiedKey(
	address: string,
	caFile: string,
): Promise<string | undefined> {
	const { protocol, hostname, port } = new URL(address);
	if (protocol !== "https:") return undefined;
	const host = hostname.replace(/^\[|\]$/g, "");
	return await new Promise((resolve, reject) => {
		const socket = connect({
			host,
			port: Number(port || 443),
			servername: host,
			ca: readFileSync(caFile),
			timeout: 10_000,
		});
		socket.once("secureConnect", () => {
			const { raw } = socket.getPeerCertificate();
			socket.end();
			const { publicKey } = new X509Certificate(raw);
			resolve(
				createHash("sha256")
					.update(publicKey.export({ type: "spki", format: "der" }))
					.digest("base64"),
			);
		});
		socket.once("timeout", () =>
			socket.destroy(new Error("no answer in 10 s")),
		);
		socket.once("error", reject);
	});
}

/** The line of a start-up log that says what is wrong. */
function startProblem(text: string): string {
	const lines = text.split("\n").map((line) => line.trim());
	return (
		lines.find((line) => /error|cannot|failed|No usable sandbox/i.test(line)) ??
		lines[0] ??
		text
	);
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
