import { schedules } from "../maintenance.ts";
import type { StatusModel } from "../model.ts";
import type { RollbackOption } from "../rollback.ts";
import { html, type Markup } from "./html.ts";
import { moment, withCommands } from "./words.ts";

/** Every way back, with the time that a command measured or the plain word that nobody has. */
export function renderRollback({ rollback, writtenAt }: StatusModel): Markup {
	return html`<section class="card"><h2>Ways back</h2><ul class="back">${rollback.map((option) => renderOption(option, writtenAt))}</ul></section>`;
}

function renderOption(option: RollbackOption, now: Date): Markup {
	const { title, command, measured, measuredBy } = option;
	const time =
		measured === undefined
			? html`<span class="time warn">not measured</span>${command.startsWith(measuredBy) ? "" : html` <span class="small muted">${withCommands(measuredBy)} measures it</span>`}`
			: html`<span class="time ${measured.isProven ? "good" : "bad"}">${measured.text}</span> <span class="small muted">${moment(measured.at, now)}</span>`;
	return html`<li><h3>${title}</h3><p class="small"><code>${command}</code></p><p>${time}</p></li>`;
}

/** When work may be done next. */
export function renderWindow({
	window,
	context,
	writtenAt,
}: StatusModel): Markup {
	if (window === undefined || context.environment === undefined) return html``;
	const { text, needs } = schedules[context.environment];
	const [start, end] = [window.start.toISOString(), window.end.toISOString()];
	return html`<section class="card"><h2>Maintenance window</h2>
<p><b>${moment(start, writtenAt)}</b> to ${moment(end, writtenAt)} <span class="muted" data-from="${start}" data-to="${end}"></span></p>
<p class="small muted">${context.environment}: ${text}; ${needs}.</p></section>`;
}
