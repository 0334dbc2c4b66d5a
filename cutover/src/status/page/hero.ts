import type { StatusModel } from "../model.ts";
import { html, type Markup } from "./html.ts";
import {
	ago,
	counted,
	moment,
	momentText,
	sign,
	type Tone,
	withCommands,
} from "./words.ts";

/** How everything stands, in one word. */
export interface Verdict {
	readonly tone: Tone;
	readonly headline: string;
	readonly sentence: string;
}

/** The worst thing that stands open speaks first. */
export function verdictOf(model: StatusModel): Verdict {
	const { killed, open, running, results, liveSince, writtenAt } = model;
	const failing = open.filter(({ check }) => check.outcome === "failed");
	const names = (list: readonly { readonly verb: string }[]) =>
		[...new Set(list.map(({ verb }) => verb))].join(", ");
	if (failing.length > 0) {
		return {
			tone: "bad",
			headline: `${counted(failing.length, "check")} failing`,
			sentence: `In ${names(failing)}. ${liveSince === undefined ? "No cutover is recorded: legacy serves." : "The new system is live."}`,
		};
	}
	if (killed.length > 0) {
		return {
			tone: "bad",
			headline: `${names(killed)} ended before its time`,
			sentence: `Begun at ${momentText(killed[0]?.startedAt ?? "", writtenAt)}, and its process is gone. Every verb may be run again.`,
		};
	}
	if (running.length > 0) {
		return {
			tone: "info",
			headline: `${names(running)} running`,
			sentence: `Begun at ${momentText(running[0]?.startedAt ?? "", writtenAt)}. Nothing that ended so far is failing.`,
		};
	}
	if (open.length > 0) {
		return {
			tone: "warn",
			headline: `${counted(open.length, "check")} without an answer`,
			sentence: `In ${names(open)}: not run, or not clear. Nothing is failing.`,
		};
	}
	if (results.length === 0) {
		return {
			tone: "idle",
			headline: "Nothing has run yet",
			sentence: "No result is recorded in this folder.",
		};
	}
	const checks = results.reduce((sum, { run }) => sum + run.checks.length, 0);
	const all = `${counted(checks, "recorded check")} passed.`;
	return liveSince === undefined
		? {
				tone: "good",
				headline: "Nothing is failing",
				sentence: `${all} No cutover is recorded: legacy serves.`,
			}
		: { tone: "good", headline: "The new system is live", sentence: all };
}

export function renderHero(model: StatusModel): Markup {
	const { tone, headline, sentence } = verdictOf(model);
	return html`<section class="card hero ${tone}" aria-label="How it stands">
<h2>${sign(tone)}<span>${headline}</span></h2>
<p>${sentence}</p>
${renderNext(model)}
</section>`;
}

function renderNext({ next, writtenAt }: StatusModel): Markup {
	if (next === undefined) {
		return html`<p class="next"><b>Next</b><span class="do">${withCommands("cutover inventory")}</span></p>`;
	}
	const [stands = "", todo] = next.text.split(/; next: |\. Next: /);
	return html`<p class="next"><b>Next</b>
<span class="do">${withCommands(todo ?? stands)}</span>
<span class="small muted">${todo === undefined ? "" : html`${withCommands(stands)} `}(${next.verb}, ${moment(next.at, writtenAt)}) ${ago(next.at)}</span></p>`;
}
