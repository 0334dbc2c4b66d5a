import type { StatusModel } from "../model.ts";
import { renderChecks, renderOpen } from "./checks.ts";
import { renderCounts } from "./data.ts";
import { renderDecision } from "./decision.ts";
import { renderHero, verdictOf } from "./hero.ts";
import { html, raw } from "./html.ts";
import { renderHistory, renderStages } from "./progress.ts";
import { renderAcceptance, renderPerformance } from "./reports.ts";
import { renderRollback, renderWindow } from "./rollback.ts";
import { script, scriptHash } from "./script.ts";
import { style } from "./style.ts";
import { renderTiles } from "./tiles.ts";
import { ago } from "./words.ts";

/** The whole page as one file: nothing is fetched from anywhere but the pictures beside it. */
export function renderPage(model: StatusModel): string {
	const { writtenAt, context, unreadable } = model;
	const policy = `default-src 'none'; img-src data: file: 'self'; style-src 'unsafe-inline'; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`;
	const at = writtenAt.toISOString();
	const name = `Migration status${context.stack === undefined ? "" : `: ${context.stack}`}`;
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${verdictOf(model).headline} – ${name}</title>
<style>${raw(style)}</style>
</head>
<body>
<header><h1>${name}</h1><p>Written <time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 16)} UTC</time> ${ago(at)}</p></header>
<main>
${renderHero(model)}
${renderTiles(model)}
${renderOpen(model)}
<div class="columns"><div>
${renderStages(model)}
${renderRollback(model)}
</div><div>
${renderDecision(model)}
${renderCounts(model)}
${renderWindow(model)}
</div></div>
${renderPerformance(model)}
${renderAcceptance(model)}
${renderChecks(model)}
${renderHistory(model)}
</main>
<footer><p>Every verb that ends writes this page anew; it shows the last result of each. All times in UTC.${
		unreadable.length === 0 ? "" : ` Cannot be read: ${unreadable.join(", ")}.`
	}</p></footer>
<script>${raw(script)}</script>
</body>
</html>
`.markup;
}
