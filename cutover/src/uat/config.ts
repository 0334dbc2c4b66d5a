import { z } from "zod";

const route = z.string().regex(/^\//, "expected a path such as /login");
const selector = z.string().min(1);
const pattern = z
	.string()
	.refine(isPattern, "expected a regular expression such as /icons/.*\\.svg$");
const pixels = z.number().int().min(200).max(8000);
const percent = z.number().min(0).max(100);

/** Which of a page's faults, by axe-core's own words. */
export const impacts = ["minor", "moderate", "serious", "critical"] as const;

/** What a page is looked at with, and what has to be seen at that size. */
const viewport = z.strictObject({
	name: z.string().regex(/^[a-z0-9-]+$/, "expected letters, digits and dashes"),
	width: pixels,
	height: pixels,
	selector,
});

/**
 * The file of `--uat`: what differs from Trusted Login. Every key may be left out. Passwords are not in it: that of the
 * account comes from CUTOVER_UAT_PASSWORD.
 */
export const uatConfigSchema = z.strictObject({
	/** The account that signs in; it has to exist. */
	account: z
		.strictObject({ email: z.string().min(3).default("test@example.com") })
		.prefault({}),
	/** The account that is made; `{run}` becomes the name of the run, so that no address is used twice. */
	registration: z
		.strictObject({
			email: z
				.string()
				.regex(/\{run\}/, "expected {run} in it, such as uat-{run}@example.com")
				.default("uat-{run}@example.com"),
		})
		.prefault({}),
	routes: z
		.strictObject({
			register: route.default("/register"),
			login: route.default("/login"),
			afterLogin: route.default("/dashboard"),
			newWorkflow: route.default("/dashboard"),
			workflows: route.default("/workflows"),
			profile: route.default("/profile"),
			/** Pages that are looked at in every viewport. */
			responsive: z
				.array(route)
				.min(1)
				.default(["/dashboard", "/workflows", "/profile"]),
		})
		.prefault({}),
	selectors: z
		.strictObject({
			email: selector.default('[name="email"]'),
			password: selector.default('[name="password"]'),
			confirmPassword: selector.default('[name="confirmPassword"]'),
			register: selector.default('button[type="submit"]'),
			registered: selector.default(".success-message"),
			login: selector.default('button[type="submit"]'),
			newWorkflow: selector.default("#new-workflow-btn"),
			workflowName: selector.default('[name="workflowName"]'),
			addStep: selector.default("#add-step-btn"),
			stepType: selector.default('[name="stepType"]'),
			saveWorkflow: selector.default("#save-workflow-btn"),
			workflowSaved: selector.default(".workflow-saved"),
			workflowList: selector.default(".workflow-list"),
			workflowItem: selector.default(".workflow-item"),
			executeWorkflow: selector.default("#execute-workflow-btn"),
			confirmExecute: selector.default("#confirm-execute-btn"),
			executionStatus: selector.default(".execution-status"),
			editWorkflow: selector.default(".edit-workflow-btn"),
			workflowUpdated: selector.default(".workflow-updated"),
			profileForm: selector.default("#profile-form"),
			username: selector.default('[name="username"]'),
			theme: selector.default('[name="theme"]'),
			saveProfile: selector.default("#save-profile-btn"),
			profileSaved: selector.default(".profile-saved"),
		})
		.prefault({}),
	/** What is chosen in lists, by what people read there, and what an execution has to come to. */
	values: z
		.strictObject({
			stepType: z.string().default("Screenshot"),
			theme: z.string().default("Dark"),
			executionDone: pattern.default("completed|success"),
		})
		.prefault({}),
	/** Size of the window in all scenarios but the responsive one. */
	window: z
		.strictObject({
			width: pixels.default(1280),
			height: pixels.default(800),
		})
		.prefault({}),
	viewports: z
		.array(viewport)
		.min(1)
		.default([
			{ name: "desktop", width: 1920, height: 1080, selector: ".navigation" },
			{ name: "mobile", width: 375, height: 667, selector: ".mobile-menu" },
			{ name: "tablet", width: 768, height: 1024, selector: ".tablet-layout" },
		]),
	/** Paths below the API's address, for what a scenario needs beforehand and for removing what it made. */
	api: z
		.strictObject({
			login: route.default("/auth/login"),
			workflows: route.default("/workflows"),
			profile: route.default("/profile"),
			/** Key of the token in the answer to a login. */
			token: z.string().default("access_token"),
		})
		.prefault({}),
	accessibility: z
		.strictObject({
			/** Faults below these are not counted. */
			impacts: z.array(z.enum(impacts)).default(["serious", "critical"]),
			/** Rules of axe-core that are known to be broken and accepted, for example `color-contrast`. */
			skipRules: z.array(z.string()).default([]),
		})
		.prefault({}),
	/** Known and accepted: messages in the console, and requests ("GET https://...") that may fail. */
	allow: z
		.strictObject({
			console: z.array(pattern).default([]),
			requests: z.array(pattern).default([]),
		})
		.prefault({}),
	/** Shares of the scenarios, in percent. */
	thresholds: z
		.strictObject({
			passed: percent.default(90),
			conditional: percent.default(70),
		})
		.refine(
			({ passed, conditional }) => conditional <= passed,
			"expected conditional to be at most passed",
		)
		.prefault({}),
	/** Longest wait for one thing to appear. */
	timeoutSeconds: z.number().min(0.2).max(120).default(5),
	/** Files of further scenarios, relative to this one. */
	scenarios: z.array(z.string().min(1)).default([]),
});

export type UatConfig = z.infer<typeof uatConfigSchema>;
export type Viewport = z.infer<typeof viewport>;

function isPattern(text: string): boolean {
	try {
		new RegExp(text);
		return true;
	} catch {
		return false;
	}
}
