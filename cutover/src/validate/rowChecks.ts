import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import { normalizeEmail } from "../conversion/email.ts";
import { liveSince } from "../journal.ts";
import { maskSecrets } from "../masking.ts";
import type { Check } from "../outcome.ts";
import { addressIn } from "../reports/address.ts";
import type { ReportFile } from "../reports/keep.ts";
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

/** The checks of rows, and the file that names every fault: kept with the report, whenever that is. */
export interface RowChecks {
	readonly checks: readonly Check[];
	readonly files: readonly ReportFile[];
}

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
): Promise<RowChecks> {
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
		if (request.only !== undefined) return { checks: [], files: [] };
		const check = await runCheck(name, async () => ({
			outcome: "not run",
			expected,
			actual: reason,
			required: false,
		}));
		return { checks: [check], files: [] };
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
	if (whole.outcome !== "passed") return { checks: [whole], files: [] };
	onPending?.(new Map(found.map(({ source, pending }) => [source, pending])));
	const list = addressIn(settings.reportDir, faultFile);
	return {
		checks: found.map(({ name, finding, faults, seconds }) => ({
			name,
			...finding,
			actual:
				faults.length === 0
					? finding.actual
					: `${finding.actual}; all of them: ${list}`,
			seconds,
		})),
		files: [{ name: faultFile, content: faultLines(found), isPrivate: true }],
	};
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

function faultLines(found: readonly RowComparison[]): string {
	return found
		.flatMap(({ faults }) =>
			faults.map((fault) => `${maskSecrets(JSON.stringify(fault))}\n`),
		)
		.join("");
}
