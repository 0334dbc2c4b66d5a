import type { Part, StatusModel, VerbResult } from "../model.ts";
import type { Picture } from "../pictures.ts";
import { html, type Markup } from "./html.ts";
import { moment, pill, toneOf } from "./words.ts";

/** How fast the new system is beside the old one: the verdict and the pictures of the report. */
export function renderPerformance({
	performance,
	writtenAt,
}: StatusModel): Markup {
	if (performance.results.length === 0) return html``;
	return html`<section class="card"><h2>Performance</h2>${performance.results.map((one) => line(one, writtenAt))}
<div class="pictures">${performance.pictures.map((picture) => figure(picture, "Chart"))}</div></section>`;
}

/** What users see: the verdict and a screenshot of every step. */
export function renderAcceptance({
	acceptance,
	writtenAt,
}: StatusModel): Markup {
	if (acceptance.results.length === 0) return html``;
	return html`<section class="card"><h2>User acceptance</h2>${acceptance.results.map((one) => line(one, writtenAt))}
${shots(acceptance)}</section>`;
}

function shots({ pictures }: Part): Markup {
	return pictures.length === 0
		? html``
		: html`<div class="shots">${pictures.map((picture) => figure(picture, "Screenshot"))}</div>`;
}

function line({ verb, run, staleSince }: VerbResult, now: Date): Markup {
	const passed = run.checks.filter((one) => one.outcome === "passed").length;
	return html`<p>${pill(toneOf(run.outcome), run.outcome)} <b>${verb}</b> <span class="muted">${passed} of ${run.checks.length} passed, ${moment(run.finishedAt, now)}${staleSince === undefined ? "" : `, older than the last ${staleSince}`}</span></p>`;
}

function figure({ name, caption, source }: Picture, what: string): Markup {
	const href = name.split("/").map(encodeURIComponent).join("/");
	return html`<figure><a href="${href}"><img src="${source}" alt="${what}: ${caption}"${what === "Screenshot" ? html` loading="lazy"` : ""}></a><figcaption>${caption}</figcaption></figure>`;
}
