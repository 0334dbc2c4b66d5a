import type { Locator, Page } from "../adapters/playwright.mjs";
import { reasonOf } from "../errors.ts";
import type { StepResult } from "./result.ts";
import { NotStartedError, StepError, type Walk } from "./scenario.ts";

/** What a walk is made of besides what the scenario sees. */
export interface WalkParts
	extends Pick<
		Walk,
		"page" | "config" | "run" | "api" | "data" | "password" | "signal"
	> {
	readonly baseUrl: string;
	/** Called before each step. */
	readonly onStep: (title: string) => void;
	/** Called after each step, well or not; answers the picture's path. */
	readonly onShown: (title: string) => Promise<string | undefined>;
}

/** Makes a walk; its steps are collected in `steps` as they end. */
export function createWalk(parts: WalkParts): {
	readonly walk: Walk;
	readonly steps: readonly StepResult[];
} {
	const { page, config, baseUrl, signal } = parts;
	const steps: StepResult[] = [];
	const timeout = config.timeoutSeconds * 1000;
	const waiting = { timeout, signal };
	let lastAction = "";

	const locate = (target: string | Locator) =>
		typeof target === "string" ? page.locator(target) : target;
	const after = () => (lastAction === "" ? "" : ` after ${lastAction}`);

	/** Does something with the first visible match; says why that was not possible. */
	async function act(
		target: string | Locator,
		verb: string,
		name: string,
		work: (found: Locator) => Promise<unknown>,
	): Promise<void> {
		const found = locate(target);
		try {
			await work(found.filter({ visible: true }).first());
			lastAction = `${verb} ${name}`;
		} catch (error) {
			throw new StepError(
				`${name} to be there for ${verb}${after()}`,
				`${await stateOf(found, reasonOf(error))} at ${await pageSays(page)}`,
			);
		}
	}

	const walk: Walk = {
		...parts,
		async step(title, work) {
			signal.throwIfAborted();
			const startedAt = performance.now();
			parts.onStep(title);
			const end = async (rest: Partial<StepResult>) => {
				const seconds = (performance.now() - startedAt) / 1000;
				const screenshot = await parts.onShown(title);
				steps.push({
					title,
					outcome: "passed",
					seconds,
					...(screenshot !== undefined && { screenshot }),
					...rest,
				});
			};
			try {
				await work();
			} catch (error) {
				if (error instanceof NotStartedError) throw error;
				const { expected, actual } =
					error instanceof StepError
						? error
						: { expected: "no error", actual: shortReason(error) };
				await end({ outcome: "failed", expected, actual });
				throw error;
			}
			await end({});
		},
		async prepare(what, work) {
			try {
				return await work();
			} catch (error) {
				throw new NotStartedError(`${what}: ${shortReason(error)}`, {
					cause: error,
				});
			}
		},
		async open(route) {
			const address = `${baseUrl}${route}`;
			try {
				const answer = await page.goto(address, {
					waitUntil: "load",
					timeout: Math.max(timeout * 3, 10_000),
					signal,
				});
				lastAction = `opening ${route}`;
				if (answer !== null && !answer.ok()) {
					throw new StepError(`${address} to answer 200`, `${answer.status()}`);
				}
			} catch (error) {
				if (error instanceof StepError) throw error;
				throw new StepError(`${address} to open`, shortReason(error));
			}
		},
		async see(target, options = {}) {
			const { text } = options;
			const all = locate(target);
			const wanted = (text === undefined ? all : all.filter({ hasText: text }))
				.filter({ visible: true })
				.first();
			const name = options.as ?? nameOf(target);
			try {
				await wanted.waitFor({ state: "visible", ...waiting });
				return wanted;
			} catch (error) {
				throw new StepError(
					`${name} to be visible${text === undefined ? "" : ` with ${text instanceof RegExp ? text : `“${text}”`}`}${after()}`,
					`${await stateOf(all, reasonOf(error))} after ${config.timeoutSeconds} s at ${await pageSays(page)}`,
				);
			}
		},
		press: (target, as) =>
			act(target, "pressing", as ?? nameOf(target), (found) =>
				found.click(waiting),
			),
		fill: (target, value) =>
			act(target, "filling in", nameOf(target), (found) =>
				found.fill(value, waiting),
			),
		choose: (target, label) =>
			act(target, `choosing “${label}” in`, nameOf(target), (found) =>
				found.selectOption({ label }, waiting),
			),
		async arrive(route) {
			try {
				await page.waitForURL((url) => url.pathname === route, {
					...waiting,
					waitUntil: "commit",
				});
			} catch {
				throw new StepError(
					`the address to become ${route}${after()}`,
					await pageSays(page),
				);
			}
		},
		expect(holds, expected, actual) {
			if (!holds) throw new StepError(expected, actual);
		},
	};
	return { walk, steps };
}

/** The first line of what went wrong, without the library's own call and colours. */
export function shortReason(error: unknown): string {
	const [first = ""] = reasonOf(error)
		// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
		.replace(/\u001b\[\d+m/g, "")
		.split("\n");
	return first.replace(/^(page|locator|browserContext)\.\w+: /, "");
}

function nameOf(target: string | Locator): string {
	return typeof target === "string" ? target : "the element";
}

/** What is the matter with an element that could not be used. */
async function stateOf(found: Locator, reason: string): Promise<string> {
	if (/has been closed|crashed/.test(reason)) return "the browser was closed";
	if (/intercepts pointer events/.test(reason))
		return "something that lies over it";
	if (/element is not enabled/.test(reason)) return "one that cannot be used";
	if (/did not find some options/.test(reason)) return "no such choice in it";
	const texts = await found.allInnerTexts().catch(() => []);
	if (texts.length === 0) return "no such element";
	const shown = texts
		.map((text) => text.trim().replace(/\s+/g, " ").slice(0, 80))
		.filter((text) => text !== "");
	const visible = await found
		.filter({ visible: true })
		.count()
		.catch(() => 0);
	if (visible === 0) return "a hidden one";
	return shown.length === 0
		? "an empty one"
		: `“${shown.slice(0, 3).join("”, “")}”`;
}

/** Where the page is and what it tells its reader. */
async function pageSays(page: Page): Promise<string> {
	const path = URL.canParse(page.url())
		? new URL(page.url()).pathname
		: page.url();
	const texts = await page
		.evaluate<readonly string[]>(
			`[...document.querySelectorAll("h1, [role=alert], [role=status]")].map((e) => e.innerText.trim()).filter((t) => t !== "").slice(0, 4)`,
		)
		.catch(() => []);
	return texts.length === 0
		? path
		: `${path}, which says “${texts.map((text) => text.replace(/\s+/g, " ").slice(0, 120)).join("” and “")}”`;
}
