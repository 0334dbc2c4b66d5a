import { count } from "../../convert/progress.ts";
import type { CountRow } from "../facts.ts";
import type { StatusModel } from "../model.ts";
import { html, type Markup } from "./html.ts";
import { moment, pill } from "./words.ts";

/** Source = migrated + quarantined, table by table. */
export function renderCounts({ counts, writtenAt }: StatusModel): Markup {
	if (counts === undefined) {
		return html`<section class="card"><h2>Data</h2><p class="muted">Not counted yet: <code>cutover validate</code> counts both sides.</p></section>`;
	}
	return html`<section class="card"><h2>Data</h2><ul class="counts">${counts.rows.map(renderRow)}</ul>
<p class="small muted">Counted by ${counts.verb}, ${moment(counts.at, writtenAt)}</p></section>`;
}

function renderRow(row: CountRow): Markup {
	const missing = row.source - row.migrated - row.quarantined;
	const born =
		row.bornOnTarget > 0
			? `, and ${count(row.bornOnTarget)} made on the new version`
			: "";
	const part = (kind: string, rows: number) =>
		rows <= 0
			? ""
			: html`<i class="${kind}" style="flex:${(rows / Math.max(row.source, 1)).toFixed(6)} 0 0"></i>`;
	return html`<li><div class="line"><h3>${row.table}</h3>${
		missing === 0
			? pill("good", "adds up")
			: pill(
					"bad",
					missing > 0
						? `${count(missing)} missing`
						: `${count(-missing)} too many`,
				)
	}</div>
<div class="bar" aria-hidden="true">${part("m", row.migrated)}${part("q", row.quarantined)}${part("x", missing)}</div>
<p class="small sum">${count(row.source)} = ${count(row.migrated)} migrated + ${count(row.quarantined)} quarantined${missing === 0 ? "" : ` + ${count(missing)} unaccounted for`}${born}</p></li>`;
}
