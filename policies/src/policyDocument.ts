import { type Inputs, isRecord, notYetKnown } from "./inputs.ts";
import { parseJson } from "./workloads.ts";

/** The statements of an IAM policy document, JSON or object; undefined when it is neither. */
export function statementsOf(document: unknown): readonly Inputs[] | undefined {
	const policy = typeof document === "string" ? parseJson(document) : document;
	if (!isRecord(policy)) return undefined;
	const statements = asList(policy.Statement).filter(
		(statement) => statement !== notYetKnown,
	);
	return statements.every(isRecord) && statements.length > 0
		? statements
		: undefined;
}

/** AWS takes one value where it takes a list. */
export function asList(value: unknown): readonly unknown[] {
	if (value === undefined || value === null) return [];
	return Array.isArray(value) ? value : [value];
}

/** A statement's own name, or its place. */
export function statementName(statement: Inputs, index: number): string {
	return typeof statement.Sid === "string" && statement.Sid !== ""
		? `statement ${statement.Sid}`
		: `statement ${index + 1}`;
}

/** Whether a principal is anybody at all. */
export function isAnybody(principal: unknown): boolean {
	return (
		principal === "*" ||
		(isRecord(principal) &&
			Object.values(principal).flatMap(asList).includes("*"))
	);
}
