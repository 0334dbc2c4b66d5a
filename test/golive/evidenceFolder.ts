import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { reportKey } from "../../golive/src/read/index.ts";
import { reportText, sha256, type World } from "./fixture.ts";

/** Puts a world's records, and the reports behind them, into a folder; nothing else is left there. */
export function writeEvidence(
	folder: string,
	{ records }: Pick<World, "records">,
): void {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(join(folder, "records"), { recursive: true });
	for (const { path, text = "", reports = new Map() } of records) {
		writeFileSync(join(folder, path), text);
		for (const name of reports.keys()) {
			const report = reportText(name.replace(/\.json$/, ""));
			const file = join(folder, reportKey(sha256(report), name));
			mkdirSync(dirname(file), { recursive: true });
			writeFileSync(file, report);
		}
	}
}
