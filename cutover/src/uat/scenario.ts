import type { Locator, Page } from "../adapters/playwright.mjs";
import type { Api } from "./api.ts";
import type { UatConfig } from "./config.ts";
import type { TestData } from "./testData.ts";

/** One thing that users do, in one file. A team's own file exports one of these as its default. */
export interface Scenario {
	/** Short, for files and `--only`: letters, digits and dashes. */
	readonly name: string;
	/** What a person reads. */
	readonly title: string;
	/** Whether it starts signed in as the configured account; without that it is "not run". */
	readonly signedIn: boolean;
	/** Goes through the pages. What it throws inside a step fails the scenario; inside `prepare`, it is "not run". */
	run(walk: Walk): Promise<void>;
}

/** What a scenario works with. */
export interface Walk {
	/** A page of playwright-core, in a browser context of this scenario alone. */
	readonly page: Page;
	readonly config: UatConfig;
	/** Name of this run; whatever is made carries it. */
	readonly run: string;
	/** The application's API as the configured account. */
	readonly api: Api;
	/** Where a scenario says what it makes, before it makes it. */
	readonly data: TestData;
	/** The account's password. */
	readonly password: string;
	/** Aborted when the run is stopped; whatever waits for the page takes it. */
	readonly signal: AbortSignal;

	/** One step with a name, a time, a screenshot and a look at accessibility. */
	step(title: string, work: () => Promise<void>): Promise<void>;
	/** What has to be there before the first step; when it fails the scenario is "not run". */
	prepare<T>(what: string, work: () => Promise<T>): Promise<T>;

	open(route: string): Promise<void>;
	/** Waits until something is visible, and has the text when one is given. */
	see(
		target: string | Locator,
		options?: { readonly text?: string | RegExp; readonly as?: string },
	): Promise<Locator>;
	press(target: string | Locator, as?: string): Promise<void>;
	fill(target: string | Locator, value: string): Promise<void>;
	/** Chooses in a list by what people read there. */
	choose(target: string | Locator, label: string): Promise<void>;
	/** Waits until the address has this path. */
	arrive(route: string): Promise<void>;
	/** Fails the step unless something holds. */
	expect(holds: boolean, expected: string, actual: string): void;
}

/** A scenario's beginning was not possible. */
export class NotStartedError extends Error {
	override readonly name = "NotStartedError";
}

/** A step did not come to what was expected. */
export class StepError extends Error {
	override readonly name = "StepError";
	readonly expected: string;
	readonly actual: string;

	constructor(expected: string, actual: string) {
		super(`expected ${expected}, got ${actual}`);
		this.expected = expected;
		this.actual = actual;
	}
}
