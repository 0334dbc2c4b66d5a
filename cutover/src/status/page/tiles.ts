import type { StatusModel } from "../model.ts";
import { html, type Markup } from "./html.ts";
import { moment, sign, type Tone } from "./words.ts";

/** What a person asks first, one answer each. */
export function renderTiles(model: StatusModel): Markup {
	return html`<dl class="tiles">${[
		liveTile(model),
		fenceTile(model),
		decisionTile(model),
		wayBackTile(model),
		windowTile(model),
	]}</dl>`;
}

function liveTile({ liveSince, writtenAt }: StatusModel): Markup {
	return liveSince === undefined
		? tile("Serving", "idle", "legacy", "no cutover recorded")
		: tile(
				"Serving",
				"good",
				"the new system",
				html`since ${moment(liveSince, writtenAt)}`,
			);
}

function fenceTile({ fence, writtenAt }: StatusModel): Markup {
	if (fence === undefined) {
		return tile("Legacy writes", "idle", "allowed", "no fence recorded");
	}
	const at = html`since ${moment(fence.at, writtenAt)}`;
	return fence.isUp
		? tile("Legacy writes", "info", "refused", at)
		: tile("Legacy writes", "idle", "allowed", at);
}

function decisionTile({ decision, writtenAt }: StatusModel): Markup {
	if (decision === undefined) {
		return tile("Go-live decision", "idle", "none yet", "cutover decide");
	}
	return tile(
		"Go-live decision",
		decision.decision === "GO" ? "good" : "bad",
		decision.decision,
		moment(decision.at, writtenAt),
	);
}

function wayBackTile({ rollback, writtenAt }: StatusModel): Markup {
	const restored = rollback.at(-1)?.measured;
	if (restored === undefined) {
		return tile("Restore", "warn", "not measured", "cutover backup drill");
	}
	const [time = ""] = restored.text.split(";");
	return restored.isProven
		? tile(
				"Restore",
				"good",
				time.replace(/ \(.*/, ""),
				html`measured ${moment(restored.at, writtenAt)}`,
			)
		: tile(
				"Restore",
				"bad",
				"not proven",
				html`drill of ${moment(restored.at, writtenAt)}`,
			);
}

function windowTile({ window, context, writtenAt }: StatusModel): Markup {
	if (window === undefined || context.environment === undefined) {
		return tile(
			"Next window",
			"idle",
			"not known",
			"cutover status --environment",
		);
	}
	const start = window.start.toISOString();
	const isOpen = window.start <= writtenAt;
	return tile(
		"Next window",
		isOpen ? "good" : "info",
		html`<time datetime="${start}">${dayText(window.start)}</time>`,
		html`${start.slice(11, 16)} UTC <span role="timer" data-from="${start}" data-to="${window.end.toISOString()}"></span>`,
	);
}

const dayText = (day: Date) =>
	day.toLocaleDateString("en-GB", {
		weekday: "short",
		day: "numeric",
		month: "short",
		timeZone: "UTC",
	});

function tile(
	question: string,
	tone: Tone,
	value: string | Markup,
	note: string | Markup,
): Markup {
	return html`<div><dt>${question}</dt><dd class="value">${sign(tone)}<span>${value}</span></dd><dd class="small muted">${note}</dd></div>`;
}
