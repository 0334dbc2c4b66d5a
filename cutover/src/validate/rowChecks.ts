import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { normalizeEmail } from "../conversion/email.ts";
import { reasonOf } from "../errors.ts";
import { liveSince } from "../journal.ts";
import { maskSecrets } from "../masking.ts";
import type { Check } from "../outcome.ts";
import { loadCanaries } from "./canaries.ts";
import { runCheck } from "./check.ts";
import { compareRows, type RowComparison } from "./rows/compare.ts";
import type { ValidateSettings } from "./settings.ts";

/** How the rows are compared, besides what the settings say. */
export interface RowsRequest {
	/** Compare these rows alone, by table of the source; nothing changes any more and they have been carried over. */
	readonly only?: ReadonlyMap<string, ReadonlySet<number>>;
	/** Told which rows differ because they changed after the last pass, by table of the source. */
	readonly onPending?: (
		pending: ReadonlyMap<string, ReadonlySet<number>>,
	) => void;
	readonly talk?: Talk;
}

/** The file beside the report that names every fault, one JSON object per line. */
const faultFile = "validate-rows.jsonl";

/** Compares the rows; one check per table of the source, and the file with all that was found. */
export async function rowChecks(
	source: Session,
	target: Session,
	settings: ValidateSettings,
	request: RowsRequest & {
		readonly signal: AbortSignal;
		/** Rows that are on the target alone may have been deleted on the source just now. */
		readonly allowGone: boolean;
	},
): Promise<readonly Check[]> {
	const name = "rows";
	const expected = "every row as the conversion makes it";
	const live = await liveSince(target);
	const reason =
		live !== undefined
			? `not compared: the target is live since ${live} and goes its own way`
			: settings.rows === 0
				? "not compared (--rows none)"
				: undefined;
	if (reason !== undefined) {
		return request.only !== undefined
			? []
			: [
					await runCheck(name, async () => ({
						outcome: "not run",
						expected,
						actual: reason,
						required: false,
					})),
				];
	}
	const { onPending, ...options } = request;
	let found: readonly RowComparison[] = [];
	const whole = await runCheck(name, async () => {
		found = await compareRows(source, target, {
			...options,
			percent: settings.rows,
			signedIn: await whoSignedIn(settings),
		});
		return { outcome: "passed", expected, actual: "compared" };
	});
	request.signal.throwIfAborted();
	if (whole.outcome !== "passed") return [whole];
	onPending?.(new Map(found.map(({ source, pending }) => [source, pending])));
	const file = await writeFaults(settings.reportDir, found);
	return found.map(({ name, finding, faults, seconds }) => ({
		name,
		...finding,
		actual: faults.length === 0 ? finding.actual : `${finding.actual}; ${file}`,
		seconds,
	}));
}

/** Canary accounts that signed in through the application have later sign-in times than the source. */
async function whoSignedIn(
	settings: ValidateSettings,
): Promise<ReadonlySet<string>> {
	if (settings.baseUrl === undefined) return new Set();
	// What is wrong with the list is for the check that signs them in to say.
	const canaries = await loadCanaries(settings).catch(() => []);
	return new Set(canaries.map(({ email }) => normalizeEmail(email)));
}

/** Writes every fault down, for its owner only; answers where, or why not: that must not undo what was found. */
async function writeFaults(
	folder: string,
	found: readonly RowComparison[],
): Promise<string> {
	const path = join(folder, faultFile);
	const lines = found.flatMap(({ faults }) =>
		faults.map((fault) => `${maskSecrets(JSON.stringify(fault))}\n`),
	);
	try {
		await mkdir(folder, { recursive: true });
		await writeFile(path, lines.join(""), { mode: 0o600 });
		return `all of them: ${path}`;
	} catch (error) {
		return `no list of all of them: ${reasonOf(error)}`;
	}
}
