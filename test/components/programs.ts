import { type Recording, recordProgram, stackConfig } from "./recording.ts";

const recordings = new Map<string, Promise<Recording>>();

/** The whole program in one phase, recorded once for all tests. */
export function programIn(
	phase: "provision" | "backfill" | "live",
): Promise<Recording> {
	const known = recordings.get(phase);
	if (known) return known;
	// One after the other: what Pulumi's mocks record belongs to the process.
	const recording = Promise.allSettled([...recordings.values()]).then(() =>
		recordProgram(stackConfig(phase)),
	);
	recordings.set(phase, recording);
	return recording;
}
