import { randomBytes } from "node:crypto";
import {
	launchBrowser,
	requireBrowser,
	verifiedKey,
} from "../adapters/browser.ts";
import type { Browser } from "../adapters/playwright.mjs";
import type { Talk } from "../console.ts";
import { isKind, RefusedError, reasonOf } from "../errors.ts";
import type { Check, Result } from "../outcome.ts";
import { type Acceptance, beginAcceptance } from "./acceptance.ts";
import type { UatConfig } from "./config.ts";
import { earlierData } from "./earlierData.ts";
import { loadConfig } from "./loadConfig.ts";
import { loadScenarios, requireKnown } from "./loadScenarios.ts";
import { checkAnswers } from "./preflight.ts";
import { createRemovers } from "./removers.ts";
import { openFolder, type ReportFolder } from "./report/folder.ts";
import { keepPictures } from "./report/pictures.ts";
import { runScenario, type Stage } from "./runScenario.ts";
import type { Scenario } from "./scenario.ts";
import { signInOnce } from "./session.ts";
import type { UatSettings } from "./settings.ts";
import { recordData } from "./testData.ts";
import { wholeOutcome } from "./verdict.ts";

/**
 * Time that scenarios get to end by themselves when the run is stopped, before the browser is closed under them. Closed
 * at once, a page that just answered would take the whole program with it: playwright-core throws out of its own
 * dispatch then, where nobody can catch it.
 */
const stopMs = 3_000;

/** What a run takes from outside, so that tests can give their own. */
export interface UatPorts {
	/** Throws NotAvailableError when there is no browser. */
	launch(trustedKeys: readonly string[]): Promise<Browser>;
	openFolder(path: string): Promise<ReportFolder>;
	now(): Date;
}

/** Ports that are given; the others are the real ones. */
export type UatGiven = {
	readonly [K in keyof UatPorts]?: UatPorts[K] | undefined;
};

/**
 * Goes through the application as its users do, in a real browser, and writes the report of the acceptance. What it
 * makes it removes again, or lists.
 *
 * @throws UsageError for bad configuration, RefusedError when the report folder cannot be written to.
 */
export async function uat(
	settings: UatSettings,
	talk: Talk,
	signal: AbortSignal,
	ports: UatGiven = {},
): Promise<Result> {
	const config = await loadConfig(settings.uat);
	const scenarios = await loadScenarios(config.scenarios);
	requireKnown(settings.only, scenarios);
	const folder = await (ports.openFolder ?? openFolder)(settings.reportDir);
	const startedAt = (ports.now ?? (() => new Date()))();
	const acceptance = beginAcceptance({
		config,
		scenarios,
		folder,
		baseUrl: settings.baseUrl,
		run: nameRun(startedAt),
		startedAt,
	});
	const answers = await checkAnswers(
		settings.baseUrl,
		config.routes.login,
		settings.caFile,
	);
	acceptance.note(answers);
	if (answers.outcome !== "passed") {
		acceptance.skipRest(answers.actual);
		return await acceptance.finish(signal);
	}
	const browser = await startBrowser(settings, acceptance, ports);
	if (browser === undefined) return await acceptance.finish(signal);
	const close = () => browser.close().catch(() => undefined);
	let late: NodeJS.Timeout | undefined;
	const stop = () => {
		late = setTimeout(close, stopMs);
	};
	signal.addEventListener("abort", stop);
	try {
		await inBrowser(
			browser,
			{ settings, config, scenarios, folder },
			acceptance,
			{
				talk,
				signal,
			},
		);
	} finally {
		signal.removeEventListener("abort", stop);
		clearTimeout(late);
		await close();
	}
	return await acceptance.finish(signal);
}

async function startBrowser(
	settings: UatSettings,
	acceptance: Acceptance,
	ports: UatGiven,
): Promise<Browser | undefined> {
	const { baseUrl, apiUrl, caFile } = settings;
	const launch =
		ports.launch ??
		((keys) => launchBrowser(requireBrowser(settings.browser), keys));
	const startedAt = performance.now();
	try {
		const keys =
			caFile === undefined
				? []
				: await Promise.all(
						[baseUrl, ...(apiUrl === undefined ? [] : [apiUrl])].map(
							(address) => provenKey(address, caFile),
						),
					);
		const browser = await launch(keys.filter((key) => key !== undefined));
		acceptance.useBrowser(`Chromium ${browser.version()}`);
		return browser;
	} catch (error) {
		const reason = reasonOf(error);
		const check: Check = {
			name: "a browser",
			outcome: isKind(error, "NotAvailableError") ? "not run" : "failed",
			expected: "Chromium or Chrome that starts",
			actual: reason,
			seconds: (performance.now() - startedAt) / 1000,
		};
		acceptance.note(check);
		acceptance.skipRest(reason);
		return undefined;
	}
}

async function provenKey(
	address: string,
	caFile: string,
): Promise<string | undefined> {
	return await verifiedKey(address, caFile).catch((error: unknown) => {
		throw new RefusedError(
			`the certificate of ${address} could not be proven against ${caFile}: ${reasonOf(error)}; check the address and the authority`,
			{ cause: error },
		);
	});
}

async function inBrowser(
	browser: Browser,
	given: {
		readonly settings: UatSettings;
		readonly config: UatConfig;
		readonly scenarios: readonly Scenario[];
		readonly folder: ReportFolder;
	},
	acceptance: Acceptance,
	{ talk, signal }: { readonly talk: Talk; readonly signal: AbortSignal },
): Promise<void> {
	const { settings, config, scenarios, folder } = given;
	const earlier = await earlierData(folder.path, settings.baseUrl);
	talk.say(
		`${scenarios.length} scenarios at ${settings.baseUrl}, ${settings.parallel} at a time`,
	);
	const session = await signInOnce(browser, config, settings, signal);
	if (session.reason !== undefined) talk.say(session.reason);
	const data = recordData(
		createRemovers(session.api, config.api, settings.database),
		() => acceptance.save(),
	);
	acceptance.useData(data);
	for (const datum of earlier) data.add(datum);
	const stage: Stage = {
		browser,
		config,
		baseUrl: settings.baseUrl,
		run: acceptance.run,
		session,
		api: session.api,
		data,
		password: settings.password ?? "",
		pictures: keepPictures(folder),
		signal,
	};
	const waiting = [...scenarios];
	const worker = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			const { name, title } = next;
			if (settings.only !== undefined && !settings.only.includes(name)) {
				acceptance.skip(name, "left out by --only");
				continue;
			}
			talk.progress(`${name}: ${title}`);
			const result = await runScenario(next, stage);
			acceptance.add(result);
			talk.say(
				`${wholeOutcome(result).padEnd(8)} ${name} ${result.seconds.toFixed(1)} s`,
			);
		}
	};
	await Promise.all(Array.from({ length: settings.parallel }, worker));
	await acceptance.removeData();
}

/** `20261125-145801-3f9c`: sorts by time, and no two are the same. */
function nameRun(at: Date): string {
	const time = at.toISOString().replace(/[-:]/g, "").slice(0, 15);
	return `${time.replace("T", "-")}-${randomBytes(2).toString("hex")}`;
}
