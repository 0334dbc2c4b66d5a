import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RefusedError, reasonOf } from "../errors.ts";
import type { RoundSamples } from "./rounds.ts";

/** Keeps raw samples, one JSON line per round, probe and side, written before the next round begins. */
export interface SampleLog {
	readonly file: string;
	keep(samples: readonly RoundSamples[]): void;
}

/**
 * Opens the file of raw samples; what an earlier run left there is gone.
 *
 * @throws RefusedError when nothing can be written there.
 */
export function openSampleLog(
	folder: string,
	name: string,
	head: unknown,
): SampleLog {
	const file = join(folder, name);
	const guarded = (write: () => void) => {
		try {
			write();
		} catch (error) {
			throw new RefusedError(
				`cannot write the samples: ${reasonOf(error)}; make room, or name another folder with --report-dir`,
				{ cause: error },
			);
		}
	};
	guarded(() => {
		mkdirSync(folder, { recursive: true });
		writeFileSync(file, `${JSON.stringify(head)}\n`);
	});
	return {
		file,
		keep(samples) {
			const lines = samples.map((one) => `${JSON.stringify(compact(one))}\n`);
			guarded(() => appendFileSync(file, lines.join("")));
		},
	};
}

function compact({ round, side, probe, ms, asked, failures }: RoundSamples) {
	return {
		round,
		side,
		probe,
		ms: ms.map((value) => Math.round(value * 1000) / 1000),
		...(failures.length > 0 && { asked, failures: counted(failures) }),
	};
}

/** Each reason once, with how often it came. */
export function counted(reasons: readonly string[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
	return counts;
}
