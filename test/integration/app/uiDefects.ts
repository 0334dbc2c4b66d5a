import type {
	Browser,
	BrowserContext,
} from "../../../cutover/src/adapters/playwright.mjs";

/** Something broken in the pages, put there in the browser: the product knows nothing of it. */
export interface UiDefect {
	readonly name: string;
	/** Checks that have to fail, and none but these. */
	readonly fails: readonly string[];
	/** What the failing check has to name. */
	readonly names: RegExp;
	breakPages(context: BrowserContext): Promise<unknown>;
}

/** Runs in every page, again whenever something in it changes. */
const whenever = (change: string) => `
	const change = () => { ${change} };
	new MutationObserver(change).observe(document, { subtree: true, childList: true, attributes: true });
	document.addEventListener("DOMContentLoaded", change);`;

const remove = (selector: string, where = "true") =>
	whenever(
		`if (${where}) document.querySelectorAll(${JSON.stringify(selector)}).forEach((e) => e.style.display !== "none" && (e.style.display = "none"));`,
	);

const deaf = (selector: string) => `
	document.addEventListener("click", (event) => {
		if (!event.target.closest?.(${JSON.stringify(selector)})) return;
		event.stopImmediatePropagation();
		event.preventDefault();
	}, true);`;

const defects: readonly UiDefect[] = [
	{
		name: "the mobile menu is missing at 375 px",
		fails: ["responsive-design"],
		names: /\/dashboard on mobile \(375×667\).*hidden/,
		breakPages: (context) =>
			context.addInitScript(remove(".mobile-menu", "innerWidth === 375")),
	},
	{
		name: "the page is wider than a tablet",
		fails: ["responsive-design"],
		names: /\/workflows on tablet \(768×1024\).*moved sideways/,
		breakPages: (context) =>
			context.addInitScript(
				whenever(
					`const e = document.querySelector(".columns"); if (e && innerWidth === 768 && !e.style.width) { e.style.width = "900px"; e.style.marginLeft = "-" + e.getBoundingClientRect().left + "px"; }`,
				),
			),
	},
	{
		name: "the button that executes does nothing",
		fails: ["execution"],
		names:
			/ask for the execution.*no such element|ask for the execution.*hidden/,
		breakPages: (context) =>
			context.addInitScript(deaf("#execute-workflow-btn")),
	},
	{
		name: "the button that adds a step does nothing",
		fails: ["workflow-creation"],
		names: /add a step.*no such element/,
		breakPages: (context) => context.addInitScript(deaf("#add-step-btn")),
	},
	{
		name: "the success message of the registration is missing",
		fails: ["registration"],
		names: /register.*hidden/,
		breakPages: (context) => context.addInitScript(remove(".success-message")),
	},
	{
		name: "a console error on the registration page",
		fails: ["registration: no console errors"],
		names: /widget is not defined/,
		breakPages: (context) =>
			context.addInitScript(
				`if (location.pathname === "/register") console.error("widget is not defined");`,
			),
	},
	{
		name: "an uncaught error on the registration page",
		fails: ["registration: no console errors"],
		names: /uncaught TypeError: of nothing/,
		breakPages: (context) =>
			context.addInitScript(
				`if (location.pathname === "/register") addEventListener("load", () => { throw new TypeError("of nothing"); });`,
			),
	},
	{
		name: "a request that fails behind the sign-in",
		fails: ["login: no failed requests"],
		names: /GET .*\/profile: net::ERR_FAILED/,
		breakPages: (context) =>
			context.route(/\/profile$/, (route, request) =>
				request.method() === "GET" &&
				request.frame().url().endsWith("/dashboard")
					? route.abort("failed")
					: route.fallback(),
			),
	},
	{
		name: "the sign-in leads to the wrong page",
		fails: ["login"],
		names: /sign in.*\/profile/,
		breakPages: (context) =>
			context.addInitScript(`
				const push = history.pushState.bind(history);
				history.pushState = (state, title, to) =>
					push(state, title, location.pathname === "/login" && to === "/dashboard" ? "/profile" : to);`),
	},
	{
		name: "the profile is said to be saved and is not",
		fails: ["profile"],
		names: /find it changed after a reload.*not saved/,
		breakPages: (context) =>
			context.route(/\/profile$/, (route, request) =>
				request.method() === "PUT"
					? route.fulfill({
							status: 200,
							contentType: "application/json",
							headers: { "access-control-allow-origin": "*" },
							body: JSON.stringify({
								username: "x",
								preferences: {
									theme: "dark",
									notifications: true,
									language: "en",
								},
							}),
						})
					: route.fallback(),
			),
	},
	{
		name: "the button for editing is missing",
		fails: ["management"],
		names: /edit it.*hidden/,
		breakPages: (context) =>
			context.addInitScript(remove(".edit-workflow-btn")),
	},
	{
		name: "an input without a label",
		fails: ["registration: accessibility"],
		names: /label at \/register.*#confirmPassword/,
		breakPages: (context) =>
			context.addInitScript(
				whenever(
					`document.querySelector("label[for=confirmPassword]")?.removeAttribute("for");`,
				),
			),
	},
	{
		name: "an execution that ends in failure",
		fails: ["execution"],
		names: /confirm, and see it done.*Execution failed/,
		breakPages: (context) =>
			context.route(/\/execute$/, (route) =>
				route.fulfill({
					status: 200,
					contentType: "application/json",
					headers: { "access-control-allow-origin": "*" },
					body: JSON.stringify({ status: "failed", steps: [] }),
				}),
			),
	},
];

/** Defects that are looked at together: no two in the same scenario, so that each is told apart. */
export const defectGroups: readonly (readonly UiDefect[])[] = [
	[
		"the mobile menu is missing at 375 px",
		"the button that executes does nothing",
		"the success message of the registration is missing",
	],
	[
		"the page is wider than a tablet",
		"the button that adds a step does nothing",
		"an uncaught error on the registration page",
	],
	[
		"a console error on the registration page",
		"the button for editing is missing",
		"the profile is said to be saved and is not",
	],
	[
		"an input without a label",
		"the sign-in leads to the wrong page",
		"an execution that ends in failure",
	],
	["a request that fails behind the sign-in"],
].map((group) =>
	group.map((wanted) => {
		const found = defects.find(({ name }) => name === wanted);
		if (found === undefined) throw new Error(`no defect: ${wanted}`);
		return found;
	}),
);

/** The same browser, whose contexts are broken before anything is opened in them. */
export function breakBrowser(
	browser: Browser,
	defects: readonly Pick<UiDefect, "breakPages">[] = [],
): Browser {
	return {
		version: () => browser.version(),
		isConnected: () => browser.isConnected(),
		async newContext(options) {
			const context = await browser.newContext(options);
			for (const { breakPages } of defects) await breakPages(context);
			return context;
		},
		// It is started once for all tests.
		close: async () => undefined,
	};
}
