import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { reasonOf, UsageError } from "../errors.ts";
import { checklistIds } from "./checklist.ts";

const answer = z.strictObject({
	/** The person who answers for it. */
	by: z.string().trim().min(1, "expected the name of a person"),
	on: z.iso.date("expected a date such as 2026-08-31"),
	statement: z.string().trim().min(1, "expected what was decided"),
	/** The open points that the answer is about, as the checklist writes them. */
	covers: z.array(z.string()).default([]),
});

export type Answer = z.infer<typeof answer>;

/** What persons answered, by item of the checklist. */
export type Answers = Readonly<Partial<Record<string, Answer>>>;

const answersSchema = z.partialRecord(z.enum(checklistIds), answer);

/**
 * Reads a file of answers, YAML or JSON.
 *
 * @throws UsageError naming the file and every bad key.
 */
export async function loadAnswers(file: string): Promise<Answers> {
	let given: unknown;
	try {
		given = parse(await readFile(file, "utf8"));
	} catch (error) {
		throw new UsageError(`--answers: cannot read ${file}: ${reasonOf(error)}`);
	}
	return parseAnswers(given, file);
}

/** The same for what the file holds. */
export function parseAnswers(given: unknown, file: string): Answers {
	const parsed = answersSchema.safeParse(given ?? {});
	if (parsed.success) return parsed.data;
	const lines = parsed.error.issues.map((issue) => {
		const place = issue.path.join(".");
		return place === "" ? issue.message : `${place}: ${issue.message}`;
	});
	throw new UsageError(
		`--answers: ${file} is not as expected: ${lines.join("; ")}; the items are ${checklistIds.join(", ")}`,
	);
}
