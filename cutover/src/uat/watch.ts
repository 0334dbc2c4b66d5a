import type { Page, Request } from "../adapters/playwright.mjs";
import type { Check } from "../outcome.ts";
import { listed } from "../validate/check.ts";
import type { UatConfig } from "./config.ts";

/** Longest wait for requests under way before a picture is taken; a page that always asks for something is not waited for. */
const settleMs = 1_500;
const pollMs = 20;
/** What a page asks next it asks soon after the last answer. */
const quietMs = 80;

/** What goes wrong in a page while somebody works with it. */
export interface Watch {
	/** Waits until no request is under way. */
	settle(): Promise<void>;
	/** Says which step goes on, for the details. */
	nowIn(step: string): void;
	checks(): readonly Check[];
}

/** Looks at a page's console and requests from now on. */
export function watchPage(page: Page, allow: UatConfig["allow"]): Watch {
	const underWay = new Set<Request>();
	const messages: string[] = [];
	const requests: string[] = [];
	let step = "";
	const note = (
		list: string[],
		text: string,
		allowed: readonly string[],
	): void => {
		if (allowed.some((one) => new RegExp(one).test(text))) return;
		list.push(`${text}${step === "" ? "" : ` (step “${step}”)`}`);
	};
	page.on("console", (message) => {
		// Chrome repeats here what a failed request says itself.
		if (
			message.type() !== "error" ||
			message.text().startsWith("Failed to load resource")
		)
			return;
		const { url } = message.location();
		note(
			messages,
			`${message.text()}${url === "" ? "" : ` at ${withoutQuery(url)}`}`,
			allow.console,
		);
	});
	page.on("pageerror", (error) => {
		note(messages, `uncaught ${error.name}: ${error.message}`, allow.console);
	});
	page.on("request", (request) => {
		underWay.add(request);
	});
	page.on("requestfinished", (request) => {
		underWay.delete(request);
	});
	page.on("requestfailed", (request) => {
		underWay.delete(request);
		const reason = request.failure()?.errorText ?? "failed";
		// The page itself gave up on it, for example because it went elsewhere.
		if (reason === "net::ERR_ABORTED") return;
		note(requests, `${nameOf(request)}: ${reason}`, allow.requests);
	});
	page.on("response", (response) => {
		if (response.status() < 400) return;
		note(
			requests,
			`${nameOf(response.request())} answered ${response.status()}`,
			allow.requests,
		);
	});
	return {
		async settle() {
			const until = Date.now() + settleMs;
			let quietSince = Date.now();
			while (Date.now() < until && Date.now() - quietSince < quietMs) {
				if (underWay.size > 0) quietSince = Date.now();
				await new Promise((resolve) => setTimeout(resolve, pollMs));
			}
		},
		nowIn(title) {
			step = title;
		},
		checks: () => [
			listCheck("no console errors", "no error in the console", messages),
			listCheck(
				"no failed requests",
				"every request answered below 400",
				requests,
			),
		],
	};
}

/** A check that passes on an empty list; equal entries count once. */
export function listCheck(
	name: string,
	expected: string,
	found: readonly string[],
): Check {
	const different = [...new Set(found)];
	return {
		name,
		outcome: different.length === 0 ? "passed" : "failed",
		expected,
		actual: different.length === 0 ? "none" : `${different.length} found`,
		...(different.length > 0 && { details: different.slice(0, listed) }),
		seconds: 0,
	};
}

function nameOf(request: Request): string {
	return `${request.method()} ${withoutQuery(request.url())}`;
}

/** Queries may hold tokens. */
function withoutQuery(address: string): string {
	return address.split(/[?#]/)[0] ?? address;
}
