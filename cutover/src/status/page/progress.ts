import { durationText } from "../../convert/progress.ts";
import type { Phase } from "../facts.ts";
import type { StatusModel } from "../model.ts";
import { type Stage, type StageVerb, secondsBetween } from "../stages.ts";
import { html, type Markup } from "./html.ts";
import { moment, sign, toneOf, withCommands } from "./words.ts";

/** The stages of the migration with their times, in the order of the night. */
export function renderStages(model: StatusModel): Markup {
	const { stages, phases, writtenAt } = model;
	return html`<section class="card"><h2>Stages</h2>
<ol class="stages">${stages.map((stage) => renderStage(stage, writtenAt))}</ol></section>${
		phases.length === 0
			? ""
			: html`<section class="card"><h2>Updates of the stack</h2><ol class="history">${phases.map((phase) => renderPhase(phase, writtenAt))}</ol></section>`
	}`;
}

function renderPhase(phase: Phase, now: Date): Markup {
	const { title, outcome, startedAt, finishedAt } = phase;
	const took = durationText(secondsBetween(startedAt, finishedAt));
	return html`<li>${sign(toneOf(outcome))}<span><b>${title}</b> ${outcome}</span><span class="muted">${moment(startedAt, now)} · ${took}</span></li>`;
}

function renderStage(stage: Stage, now: Date): Markup {
	const { title, state, verbs, first } = stage;
	return html`<li${state === "not begun" ? html` class="todo"` : ""}>${sign(toneOf(state))}<div>
<div class="line"><h3>${title}</h3><span class="small ${toneOf(state)}">${state}</span></div>
${verbs.map((one) => renderVerb(one, now))}${
	verbs.length === 0
		? html`<p class="small muted">${withCommands(first)}</p>`
		: ""
}</div></li>`;
}

function renderVerb(one: StageVerb, now: Date): Markup {
	const took =
		one.seconds === undefined ? "" : ` · ${durationText(one.seconds)}`;
	const state =
		one.state === "failed" && one.finishedAt === undefined
			? "ended before its time, begun"
			: one.state === "running"
				? "running since"
				: one.state;
	if (one.within !== undefined) {
		return html`<p class="verb"><b>${one.verb}</b><span>${one.state} in “${one.within}”</span></p>`;
	}
	return html`<p class="verb"><b>${one.verb}</b><span>${state} ${moment(one.startedAt, now)}${took}</span></p>`;
}

/** Every run that ended lately, newest first. */
export function renderHistory({ history, writtenAt }: StatusModel): Markup {
	if (history.length === 0) return html``;
	return html`<section class="card"><h2>Latest runs</h2><ul class="history">${history.map(
		(line) =>
			html`<li>${sign(toneOf(line.outcome))}<span><b>${line.verb}</b> ${line.outcome}${
				line.open.length === 0
					? ""
					: html` <span class="muted">(${line.open.slice(0, 4).join(", ")}${line.open.length > 4 ? ` and ${line.open.length - 4} more` : ""})</span>`
			}</span><span class="muted">${moment(line.finishedAt, writtenAt)}</span></li>`,
	)}</ul></section>`;
}
