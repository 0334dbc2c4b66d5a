import type { Browser, StorageState } from "../adapters/playwright.mjs";
import { type Api, openApi } from "./api.ts";
import type { UatConfig } from "./config.ts";
import type { UatSettings } from "./settings.ts";
import { shortReason } from "./walk.ts";

/** One sign-in that all scenarios share which need one. */
export interface UatSession {
	/** What the browser keeps of it; undefined when it did not come to be. */
	readonly state: StorageState | undefined;
	/** Why there is none. */
	readonly reason: string | undefined;
	readonly api: Api;
}

/**
 * Signs the configured account in through the login page and keeps what the browser has then. Where the application
 * leads afterwards does not matter here; the scenario `login` looks at that. The address of the API is learnt from what
 * the page asks, unless it is configured.
 */
export async function signInOnce(
	browser: Browser,
	config: UatConfig,
	settings: Pick<UatSettings, "baseUrl" | "apiUrl" | "caFile" | "password">,
	signal: AbortSignal,
): Promise<UatSession> {
	const none = (reason: string): UatSession => ({
		state: undefined,
		reason,
		api: openApi(`not signed in as ${config.account.email}: ${reason}`),
	});
	const { password } = settings;
	if (password === undefined) {
		return none(
			`the password of ${config.account.email} is not known; set CUTOVER_UAT_PASSWORD`,
		);
	}
	const timeout = config.timeoutSeconds * 1000;
	const waiting = { timeout, signal };
	const context = await browser.newContext({ viewport: config.window });
	try {
		context.setDefaultTimeout(timeout);
		const page = await context.newPage();
		await page.goto(`${settings.baseUrl}${config.routes.login}`, {
			timeout: Math.max(timeout * 3, 10_000),
			signal,
		});
		await page
			.locator(config.selectors.email)
			.first()
			.fill(config.account.email, waiting);
		await page
			.locator(config.selectors.password)
			.first()
			.fill(password, waiting);
		const answered = page
			.waitForResponse(
				(response) =>
					response.request().method() === "POST" &&
					pathOf(response.url()).endsWith(config.api.login),
				waiting,
			)
			.catch(() => undefined);
		await page.locator(config.selectors.login).first().click(waiting);
		const answer = await answered;
		if (answer !== undefined && !answer.ok()) {
			return none(
				`the sign-in of ${config.account.email} was answered with ${answer.status()}; check that the account exists and CUTOVER_UAT_PASSWORD is its password`,
			);
		}
		const body = await answer?.json().catch(() => undefined);
		await page.waitForURL((url) => url.pathname !== config.routes.login, {
			...waiting,
			waitUntil: "commit",
		});
		const url =
			settings.apiUrl ??
			(answer === undefined
				? undefined
				: pathless(answer.url()).slice(0, -config.api.login.length));
		const token = tokenIn(body, config.api.token);
		return {
			state: await context.storageState(),
			reason: undefined,
			api: openApi(
				url === undefined
					? `the login page asked nothing that ends in ${config.api.login}; give --api-url`
					: token === undefined
						? `the answer to the sign-in has no ${config.api.token}; set api.token in the file of --uat`
						: { url, token, caFile: settings.caFile },
			),
		};
	} catch (error) {
		return none(`the sign-in did not come through: ${shortReason(error)}`);
	} finally {
		await context.close().catch(() => undefined);
	}
}

function tokenIn(body: unknown, key: string): string | undefined {
	const found = Object.entries(
		typeof body === "object" && body !== null ? body : {},
	).find(([name]) => name === key)?.[1];
	return typeof found === "string" ? found : undefined;
}

function pathOf(address: string): string {
	return new URL(address).pathname;
}

function pathless(address: string): string {
	return address.split(/[?#]/)[0] ?? address;
}
