import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Progress } from "./progress.ts";
import { updates } from "./updates.ts";

const phaseSchema = z.object({
	name: z.string(),
	title: z.string(),
	outcome: z.enum(["passed", "failed"]),
	startedAt: z.iso.datetime(),
	finishedAt: z.iso.datetime(),
	/** Verbs that ran inside it, as tasks or beside them. */
	does: z.array(z.string()),
});

/** One update of the stack, as it went. */
export type Phase = z.infer<typeof phaseSchema>;

const verbsOf: Readonly<Record<string, readonly string[]>> = {
	backfill: ["schema apply", "convert"],
	cutover: ["final-sync"],
};

/**
 * The same progress, which also keeps the times of the updates in a file: a run that goes on from where the last one
 * ended still knows them all.
 */
export function keepPhases(progress: Progress, file: string): Progress {
	return {
		say: progress.say,
		async step(title, work) {
			const update = updates.find((one) => one.title === title);
			if (update === undefined) return await progress.step(title, work);
			const startedAt = new Date().toISOString();
			const { name } = update;
			const known = readPhases(file);
			const keep = (outcome: Phase["outcome"]) => {
				const finishedAt = new Date().toISOString();
				const does = [...(verbsOf[name] ?? [])];
				const phase = { name, title, outcome, startedAt, finishedAt, does };
				const others = known.filter((one) => one.name !== name);
				writeFileSync(file, `${JSON.stringify([...others, phase])}\n`);
			};
			let wasUndone = false;
			try {
				const value = await progress.step(title, async (note) => {
					const done = await work(note);
					wasUndone = done.undone === true;
					return done;
				});
				// An update that found nothing to do is not when the phase was reached.
				if (!wasUndone || !known.some((one) => one.name === name)) {
					keep("passed");
				}
				return value;
			} catch (error) {
				keep("failed");
				throw error;
			}
		},
	};
}

/** The updates so far, in order; none when nobody has written them down. */
export function readPhases(file: string): readonly Phase[] {
	try {
		return z.array(phaseSchema).parse(JSON.parse(readFileSync(file, "utf8")));
	} catch {
		return [];
	}
}
