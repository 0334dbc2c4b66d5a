import type { StageState } from "../stages.ts";
import { html, type Markup, raw } from "./html.ts";

/** How something stands, in a colour and always in a word and a sign as well. */
export type Tone = "good" | "bad" | "warn" | "info" | "idle";

const signs: Readonly<Record<Tone, string>> = {
	good: '<path d="M3.5 8.5l3 3 6-7"/>',
	bad: '<path d="M4 4l8 8M12 4l-8 8"/>',
	warn: '<path d="M8 3.5v6M8 12v.6"/>',
	info: '<path d="M8 3v5l3 2"/>',
	idle: '<path d="M4 8h8"/>',
};

/** A small round sign; the word that goes with it stands beside it. */
export function sign(tone: Tone): Markup {
	return html`<svg class="sign ${tone}" viewBox="0 0 16 16" aria-hidden="true">${raw(signs[tone])}</svg>`;
}

export function toneOf(state: StageState): Tone {
	const tones: Readonly<Record<StageState, Tone>> = {
		passed: "good",
		failed: "bad",
		inconclusive: "warn",
		"not run": "warn",
		running: "info",
		"not begun": "idle",
	};
	return tones[state];
}

/** A word in a coloured pill, with its sign. */
export function pill(tone: Tone, word: string): Markup {
	return html`<span class="pill ${tone}">${sign(tone)}${word}</span>`;
}

/** A moment in UTC: with the date unless it is the page's own day. */
export function moment(iso: string, now: Date): Markup {
	return html`<time datetime="${iso}">${momentText(iso, now)}</time>`;
}

export function momentText(iso: string, now: Date): string {
	const at = new Date(iso);
	const time = `${iso.slice(11, 16)} UTC`;
	if (iso.slice(0, 10) === now.toISOString().slice(0, 10)) return time;
	const date = at.toLocaleDateString("en-GB", {
		day: "numeric",
		month: "short",
		timeZone: "UTC",
		...(at.getUTCFullYear() === now.getUTCFullYear()
			? {}
			: { year: "numeric" }),
	});
	return `${date}, ${time}`;
}

/** How long ago; the page's own script fills it in and keeps it right. */
export function ago(iso: string): Markup {
	return html`<span class="ago" data-ago="${iso}"></span>`;
}

/** "1 check", "3 checks". */
export function counted(count: number, one: string): string {
	return `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;
}

/** Text in which commands stand out. */
export function withCommands(text: string): Markup {
	const parts = text.split(
		/((?:npx )?cutover [a-z][a-z-]*(?: (?:[a-z][a-z-]*(?=[ ,;.:]|$)|--[a-z-]+))*|pulumi up|npm (?:start|run [a-z]+))/,
	);
	return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
