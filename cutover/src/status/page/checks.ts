import { durationText } from "../../convert/progress.ts";
import type { OpenCheck, StatusModel, VerbResult } from "../model.ts";
import type { RecordedCheck } from "../records.ts";
import { secondsBetween } from "../stages.ts";
import { html, type Markup } from "./html.ts";
import { ago, counted, moment, pill, sign, toneOf } from "./words.ts";

/** What stands open, before everything that is well: failures in full, what has no answer in a list to unfold. */
export function renderOpen({ open, writtenAt }: StatusModel): Markup {
	if (open.length === 0) return html``;
	const failing = open.filter(({ check }) => check.outcome === "failed");
	const others = open.filter(({ check }) => check.outcome !== "failed");
	const list = (checks: readonly OpenCheck[]) =>
		html`<ul class="open">${checks.map((one) => renderOpenCheck(one, writtenAt))}</ul>`;
	return html`<section class="card"><h2>Open</h2>${failing.length === 0 ? "" : list(failing)}${
		others.length === 0
			? ""
			: html`<details class="group"><summary>${sign("warn")}<b>${counted(others.length, "check")} without an answer</b>
<span class="muted">in ${[...new Set(others.map(({ verb }) => verb))].join(", ")}: not run, or not clear</span></summary>${list(others)}</details>`
	}</section>`;
}

function renderOpenCheck({ verb, at, check }: OpenCheck, now: Date): Markup {
	const where = html`<span class="small muted">${verb}, ${moment(at, now)} ${ago(at)}</span>`;
	return html`<li>${renderCheck(check, where)}</li>`;
}

/** Every check with its last result, verb by verb. */
export function renderChecks({ results, writtenAt }: StatusModel): Markup {
	const shown = results.filter(({ run }) => run.checks.length > 0);
	if (shown.length === 0) return html``;
	return html`<section class="card"><h2>All checks</h2>${shown.map((result) => renderGroup(result, writtenAt))}</section>`;
}

function renderGroup(
	{ verb, run, staleSince, reports }: VerbResult,
	now: Date,
): Markup {
	const passed = run.checks.filter((one) => one.outcome === "passed").length;
	const seconds = secondsBetween(run.startedAt, run.finishedAt);
	const stale =
		staleSince === undefined
			? ""
			: pill("warn", `older than the last ${staleSince}`);
	return html`<details class="group"><summary>${sign(toneOf(run.outcome))}<b>${verb}</b>
<span>${passed === run.checks.length ? `${counted(passed, "check")} passed` : `${passed} of ${counted(run.checks.length, "check")} passed`}</span>${stale}
<span class="small muted">${moment(run.finishedAt, now)}, ${durationText(seconds)}</span></summary>
${byGroup(run.checks).map(
	([
		group,
		checks,
	]) => html`${group === "" ? "" : html`<h3 class="kind">${group}</h3>`}
<ul class="checks">${checks.map((check) => html`<li>${renderCheck(check, "")}</li>`)}</ul>`,
)}${renderReports(reports)}</details>`;
}

function renderReports(reports: readonly string[]): Markup | string {
	return reports.length === 0
		? ""
		: html`<p class="small reports">Report: ${reports.map((name, index) => html`${index === 0 ? "" : ", "}<a href="${name.split("/").map(encodeURIComponent).join("/")}">${name}</a>`)}</p>`;
}

/** In the order in which the verb named them. */
function byGroup(
	checks: readonly RecordedCheck[],
): readonly (readonly [string, readonly RecordedCheck[]])[] {
	const groups = new Map<string, RecordedCheck[]>();
	for (const check of checks) {
		const group = check.group ?? "";
		groups.set(group, [...(groups.get(group) ?? []), check]);
	}
	return [...groups];
}

function renderCheck(check: RecordedCheck, below: Markup | string): Markup {
	const { details = [] } = check;
	const isOptional = check.required === false && check.outcome !== "failed";
	return html`<div class="check">${sign(isOptional && check.outcome !== "passed" ? "idle" : toneOf(check.outcome))}<div class="body">
<span class="name">${check.name}${check.outcome === "passed" ? "" : html` <span class="small">(${check.outcome}${isOptional ? ", optional" : ""})</span>`}</span>
<dl class="facts"><dt>found</dt><dd>${check.actual}</dd><dt>expected</dt><dd>${check.expected}</dd></dl>
${details.length === 0 ? "" : html`<ul class="details" tabindex="0" aria-label="Details of ${check.name}">${details.map((line) => html`<li>${line}</li>`)}</ul>`}${below}</div>
<span class="small muted">${check.seconds > 0 ? durationText(check.seconds) : ""}</span></div>`;
}
