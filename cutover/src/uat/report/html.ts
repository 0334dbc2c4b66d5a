import type { Check, Outcome } from "../../outcome.ts";
import type { ScenarioResult, StepResult, UatReport } from "../result.ts";
import { wholeOutcome } from "../verdict.ts";
import { pageStyle } from "./style.ts";

const words: Readonly<Record<Outcome, string>> = {
	passed: "passed",
	failed: "failed",
	inconclusive: "unclear",
	"not run": "not run",
};

/** The acceptance as one page that needs nothing else but its pictures; light and dark, from 375 px on. */
export function renderHtml(report: UatReport): string {
	const { label, totals, thresholds } = report;
	const tone =
		label === "PASSED" ? "good" : label === "CONDITIONAL" ? "fair" : "bad";
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>User acceptance: ${label}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<div>
<h1>User acceptance</h1>
<p class="muted">${escapeHtml(report.baseUrl)}<br>${escapeHtml(readableTime(report.startedAt))} · ${escapeHtml(report.browser)} · run ${escapeHtml(report.run)}</p>
</div>
<p class="verdict ${tone}">${label}</p>
</header>
<main>
<ul class="tiles">
${tile(`${totals.passed} of ${totals.scenarios}`, "scenarios passed")}
${tile(`${totals.successRate.toFixed(1)} %`, `success rate, ${thresholds.passed} % wanted`)}
${tile(String(totals.failed), "failed")}
${tile(String(totals.notRun), "not run")}
${tile(`${report.seconds.toFixed(1)} s`, "in all")}
</ul>
<div class="rate" role="img" aria-label="${totals.successRate.toFixed(1)} percent passed"><span class="${tone}" style="width:${totals.successRate}%"></span><i style="left:${thresholds.conditional}%"></i><i style="left:${thresholds.passed}%"></i></div>
${overview(report.scenarios)}
${report.checks.some(({ outcome }) => outcome !== "passed") ? around(report.checks) : ""}
${report.scenarios.map(card).join("\n")}
${removed(report)}
</main>
<footer class="muted">PASSED from ${thresholds.passed} %, CONDITIONAL from ${thresholds.conditional} %; a scenario that did not run counts as not passed.</footer>
</body>
</html>
`;
}

function tile(value: string, text: string): string {
	return `<li><strong>${escapeHtml(value)}</strong><span class="muted">${escapeHtml(text)}</span></li>`;
}

function overview(scenarios: readonly ScenarioResult[]): string {
	return `<nav aria-label="Scenarios"><ul class="overview">${scenarios
		.map((scenario) => {
			const outcome = wholeOutcome(scenario);
			return `<li><a href="#${scenario.name}">${mark(outcome)}<span>${escapeHtml(scenario.title)}</span><span class="muted">${scenario.seconds.toFixed(1)} s</span></a></li>`;
		})
		.join("")}</ul></nav>`;
}

function around(checks: readonly Check[]): string {
	return `<section class="card"><h2>Around the scenarios</h2><ul class="checks">${checks.map(checkLine).join("")}</ul></section>`;
}

function card(scenario: ScenarioResult): string {
	const outcome = wholeOutcome(scenario);
	const bad = scenario.steps.find((step) => step.outcome === "failed");
	const reason =
		bad !== undefined
			? `<p class="problem"><strong>Step “${escapeHtml(bad.title)}”</strong><br>expected ${escapeHtml(bad.expected ?? "")}<br>got ${escapeHtml(bad.actual ?? "")}</p>`
			: scenario.reason === undefined
				? ""
				: `<p class="problem">${escapeHtml(scenario.reason)}</p>`;
	return `<section class="card" id="${scenario.name}">
<div class="title"><h2>${escapeHtml(scenario.title)}</h2>${mark(outcome)}</div>
<p class="muted">${escapeHtml(scenario.name)} · ${scenario.steps.length} steps · ${scenario.seconds.toFixed(1)} s</p>
${reason}
${scenario.checks.length === 0 ? "" : `<ul class="checks">${scenario.checks.map(checkLine).join("")}</ul>`}
${scenario.steps.length === 0 ? "" : `<ol class="steps">${scenario.steps.map(step).join("")}</ol>`}
${scenario.trace === undefined ? "" : `<p><a href="${escapeHtml(scenario.trace)}">Recording of the browser</a> <span class="muted">(open it with playwright show-trace; it holds what was typed)</span></p>`}
</section>`;
}

function step(one: StepResult, nth: number): string {
	const text = `${mark(one.outcome)}<span>${nth + 1}. ${escapeHtml(one.title)}</span><span class="muted">${one.seconds.toFixed(2)} s</span>`;
	const picture =
		one.screenshot === undefined
			? `<span class="none muted">no picture</span>`
			: `<a href="${escapeHtml(one.screenshot)}"><img src="${escapeHtml(one.screenshot)}" alt="The page after: ${escapeHtml(one.title)}" loading="lazy"></a>`;
	return `<li class="${one.outcome === "failed" ? "bad-step" : ""}">${picture}<p>${text}</p></li>`;
}

function checkLine(check: Check): string {
	const details = (check.details ?? [])
		.map((detail) => `<li>${escapeHtml(detail)}</li>`)
		.join("");
	return `<li>${mark(check.outcome)}<span>${escapeHtml(check.name)}: ${escapeHtml(check.actual)}</span>${details === "" ? "" : `<ul class="details">${details}</ul>`}</li>`;
}

function removed({ data }: UatReport): string {
	if (data.removed.length === 0) return "";
	const lines = data.removed
		.map(
			({ kind, key }) =>
				`<li><span>${escapeHtml(kind)}</span><span class="muted">${kind === "profile" ? "put back as it was" : escapeHtml(key)}</span></li>`,
		)
		.join("");
	return `<section class="card"><h2>Test data, removed afterwards</h2><ul class="removed">${lines}</ul></section>`;
}

function mark(outcome: Outcome): string {
	return `<span class="mark ${outcome.replace(" ", "-")}">${words[outcome]}</span>`;
}

function readableTime(iso: string): string {
	return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}

/** Text as it may stand in HTML, also inside quotes. */
export function escapeHtml(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}
