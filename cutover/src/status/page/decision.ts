import type { Criterion } from "../facts.ts";
import type { StatusModel } from "../model.ts";
import { html, type Markup } from "./html.ts";
import { moment, pill, sign } from "./words.ts";

/** The go-live decision with its criteria, once one is recorded. */
export function renderDecision({ decision, writtenAt }: StatusModel): Markup {
	if (decision === undefined) return html``;
	const { criteria, about, blockers, emergencies } = decision;
	const met = criteria.filter(({ isMet }) => isMet).length;
	const list = (lines: readonly string[], tone: "bad" | "warn") =>
		lines.length === 0
			? ""
			: html`<ul class="why">${lines.map((line) => html`<li>${sign(tone)} ${line}</li>`)}</ul>`;
	return html`<section class="card"><h2>Go-live decision</h2>
<p>${pill(decision.decision === "GO" ? "good" : "bad", decision.decision)} ${criteria.length > 0 ? `${met} of ${criteria.length} criteria met, ` : ""}${moment(decision.at, writtenAt)}${about === "" ? "" : html` <span class="small muted">${about}</span>`}</p>
${list(emergencies, "warn")}${list(blockers, "bad")}
<ul class="checks">${criteria.map((one) => html`<li>${renderCriterion(one)}</li>`)}</ul></section>`;
}

function renderCriterion(one: Criterion): Markup {
	const kind =
		one.isMandatory === undefined
			? ""
			: one.isMandatory
				? "mandatory"
				: "recommended";
	const tone = one.isMet ? "good" : one.isMandatory === false ? "warn" : "bad";
	return html`<div class="check">${sign(tone)}<div class="body"><span class="name">${one.name}</span>
<span class="small muted">${[one.state, kind, one.detail ?? ""].filter((part) => part !== "").join(" · ")}</span></div></div>`;
}
