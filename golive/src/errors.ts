/** golive.yaml cannot be used. One line per problem: `file:line:column: path: what was expected`. */
export class ChecklistError extends Error {
	override readonly name = "ChecklistError";
	readonly problems: readonly string[];

	constructor(file: string, problems: readonly string[]) {
		super(`${file} cannot be used:\n${problems.join("\n")}`);
		this.problems = problems;
	}
}

/** The trusted keys cannot be used: not the pinned file, malformed, or a key in two roles. */
export class TrustError extends Error {
	override readonly name = "TrustError";
}

/** Evidence cannot be read or made; the message says what to do. */
export class EvidenceError extends Error {
	override readonly name = "EvidenceError";
}
