import { accessibilityScript } from "../adapters/axe.ts";
import type { Page } from "../adapters/playwright.mjs";
import { reasonOf } from "../errors.ts";
import type { Check } from "../outcome.ts";
import type { UatConfig } from "./config.ts";
import { listCheck } from "./watch.ts";

interface Violation {
	readonly id: string;
	readonly impact: string | null;
	readonly help: string;
	readonly targets: readonly string[];
}

/** Elements that are named per rule. */
const mostTargets = 3;

/** Looks at the accessibility of what a page shows. */
export interface Audit {
	/** Looks now, unless it has seen this very content. */
	look(): Promise<void>;
	check(): Check;
}

export function auditPage(
	page: Page,
	wanted: UatConfig["accessibility"],
): Audit {
	const seen = new Set<string>();
	const found: string[] = [];
	let looks = 0;
	let seconds = 0;
	return {
		async look() {
			const startedAt = performance.now();
			try {
				const state = await page.evaluate<string>(
					"innerWidth + location.pathname + document.documentElement.outerHTML",
				);
				if (seen.has(state)) return;
				seen.add(state);
				const path = new URL(page.url()).pathname;
				if (!(await page.evaluate<boolean>("'axe' in window"))) {
					// Evaluated and not added as an element: a page's content security policy would forbid that.
					await page.evaluate(`${accessibilityScript()};undefined`);
				}
				looks += 1;
				const violations = await page.evaluate<readonly Violation[]>(
					expressionOf(wanted.skipRules),
				);
				for (const violation of violations) {
					if (!wanted.impacts.some((impact) => impact === violation.impact)) {
						continue;
					}
					for (const target of violation.targets.slice(0, mostTargets)) {
						found.push(
							`${violation.impact}: ${violation.id} at ${path}: ${violation.help}: ${target}`,
						);
					}
				}
			} catch (error) {
				found.push(
					`could not be looked at: ${reasonOf(error).split("\n")[0] ?? ""}`,
				);
			} finally {
				seconds += (performance.now() - startedAt) / 1000;
			}
		},
		check: () => ({
			...listCheck(
				"accessibility",
				`no ${wanted.impacts.join(" or ")} fault`,
				found,
			),
			...(found.length === 0 && {
				outcome: looks === 0 ? ("not run" as const) : ("passed" as const),
				actual:
					looks === 0 ? "no page was looked at" : `none in ${looks} looks`,
			}),
			seconds,
		}),
	};
}

function expressionOf(skipRules: readonly string[]): string {
	const rules = Object.fromEntries(
		skipRules.map((rule) => [rule, { enabled: false }]),
	);
	return `axe.run(document, { resultTypes: ["violations"], rules: ${JSON.stringify(rules)} }).then(({ violations }) =>
		violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, targets: nodes.map(({ target }) => target.join(" ")) })))`;
}
