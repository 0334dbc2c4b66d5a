/** What is wrong with one option. */
export interface OptionProblem {
	/** For example `--batch-rows`. */
	readonly option: string;
	readonly text: string;
	/** It was given neither on the command line nor by environment. Default: false. */
	readonly isMissing?: boolean;
}

/** The command line or its environment does not make sense. Exit code 2. */
export class UsageError extends Error {
	override readonly name = "UsageError";
	/** The options that are to blame; none when it is about something else. */
	readonly problems: readonly OptionProblem[];

	constructor(message: string, problems: readonly OptionProblem[] = []) {
		super(message);
		this.problems = problems;
	}
}

/** The work cannot be done as things stand; the message says what to do. Exit code 1. */
export class RefusedError extends Error {
	override readonly name = "RefusedError";
}

/** A server does not answer. Exit code 1. */
export class UnreachableError extends Error {
	override readonly name = "UnreachableError";
	readonly address: string;

	constructor(what: string, address: string, cause: unknown) {
		super(
			`cannot reach the ${what} at ${address}: ${reasonOf(cause)}; check the address, the network and that the server runs`,
			{ cause },
		);
		this.address = address;
	}
}

/** A server stopped answering in the middle of the work. Exit code 1. */
export class ConnectionLostError extends Error {
	override readonly name = "ConnectionLostError";
	readonly address: string;

	constructor(what: string, address: string, cause: unknown) {
		super(
			`the connection to the ${what} at ${address} was lost: ${reasonOf(cause)}; check the network and that the server runs (its log says more), then run this again: it goes on from there`,
			{ cause },
		);
		this.address = address;
	}
}

/** A cutover broke off, and the legacy application cannot write until somebody goes on. Exit code 1. */
export class StillFencedError extends Error {
	override readonly name = "StillFencedError";
}

/** A server cannot write any more. Exit code 1. */
export class DiskFullError extends Error {
	override readonly name = "DiskFullError";
	readonly address: string;

	constructor(what: string, address: string, cause: unknown) {
		super(
			`the ${what} at ${address} has no room left on its disk: ${reasonOf(cause)}; give it more, then run this again: it goes on from there`,
			{ cause },
		);
		this.address = address;
	}
}

/** Reports cannot be kept in, or read from, their folder or bucket. Exit code 1 before the work, 3 when only the report is lost. */
export class ReportPlaceError extends Error {
	override readonly name = "ReportPlaceError";
	readonly place: string;

	constructor(
		place: string,
		wish: "write" | "read",
		{ reason, remedy }: { readonly reason: string; readonly remedy: string },
		cause: unknown,
	) {
		super(
			`cannot ${wish === "write" ? "write reports to" : "read reports from"} ${place}: ${reason}; ${remedy}`,
			{ cause },
		);
		this.place = place;
	}
}

/** A replication slot cannot hand out every change any more: what it had not delivered is lost. Exit code 1. */
export class SlotLostError extends Error {
	override readonly name = "SlotLostError";
	readonly slot: string;
	readonly reason: string;

	constructor(slot: string, reason: string, options?: ErrorOptions) {
		super(
			`the replication slot "${slot}" is lost: ${reason}; run cutover sync --renew-slot: drops it, makes a new one and compares by transaction age`,
			options,
		);
		this.slot = slot;
		this.reason = reason;
	}
}

/** A part this work needs is not installed. Exit code 3. */
export class NotAvailableError extends Error {
	override readonly name = "NotAvailableError";
}

/** A signal asked this process to stop before the work was done. Exit code 1. */
export class InterruptedError extends Error {
	override readonly name = "InterruptedError";
}

/** Whether an error is of a class of this file; by name, since a bundle or a loader may hold the class twice. */
export function isKind(
	error: unknown,
	name: "UsageError" | "NotAvailableError" | "InterruptedError",
): boolean {
	return error instanceof Error && error.name === name;
}

/** The options that an error blames; by name as above. */
export function problemsOf(error: unknown): readonly OptionProblem[] {
	return isUsageError(error) ? error.problems : [];
}

function isUsageError(error: unknown): error is UsageError {
	return isKind(error, "UsageError");
}

/** The shortest honest text for anything that was thrown. */
export function reasonOf(error: unknown): string {
	if (error instanceof AggregateError && error.errors.length > 0) {
		return [...new Set(error.errors.map(reasonOf))].join(", ");
	}
	if (error instanceof Error) {
		return error.message === "" ? error.name : error.message;
	}
	return String(error);
}

/** The same error, of the same class, that says something more. */
export function addSentence(error: unknown, sentence: string): unknown {
	if (!(error instanceof Error)) {
		return new Error(`${reasonOf(error)}; ${sentence}`, { cause: error });
	}
	// Some errors of Node have a message that cannot be assigned.
	return Object.defineProperty(error, "message", {
		value: `${error.message}; ${sentence}`,
		configurable: true,
		writable: true,
	});
}
