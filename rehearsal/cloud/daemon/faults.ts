import { setTimeout as sleep } from "node:timers/promises";

/** What a test or rehearsal wants to go wrong, and where. */
export interface Fault {
	/** Type token, or `*`. */
	readonly type: string;
	/** `create`, `update`, `delete`, `read`, or what a service calls its own places; or `*`. */
	readonly operation: string;
	/** The whole URN, or its logical name. Default: every resource. */
	readonly urn?: string;
	/** Default: before the operation. `after`: when it is done, but nobody knows yet. Services have stages of their own. */
	readonly stage?: string;
	readonly action: "fail" | "delay" | "crash-engine";
	/** How long a delay lasts. Default 1. */
	readonly seconds?: number;
	readonly message?: string;
	/** How often. Default 1. */
	readonly times?: number;
}

export interface Place {
	readonly type: string;
	readonly operation: string;
	readonly urn?: string;
	readonly stage?: string;
}

export class InjectedFault extends Error {
	override readonly name = "InjectedFault";
}

/** The faults that wait for their place. They live in memory: a restarted daemon has none. */
export class Faults {
	readonly #crashEngine: () => void;
	#waiting: Fault[] = [];

	constructor(crashEngine: () => void) {
		this.#crashEngine = crashEngine;
	}

	add(faults: readonly Fault[]): void {
		for (const fault of faults) this.#waiting.push(parseFault(fault));
	}

	clear(): void {
		this.#waiting = [];
	}

	list(): readonly Fault[] {
		return this.#waiting;
	}

	/** @throws InjectedFault where one was asked for. */
	async at(place: Place): Promise<void> {
		const fault = this.#take(place);
		if (fault === undefined) return;
		const where = `${place.operation} of ${place.type}${place.stage === undefined ? "" : ` (${place.stage})`}`;
		switch (fault.action) {
			case "delay":
				await sleep((fault.seconds ?? 1) * 1000);
				return;
			case "crash-engine":
				this.#crashEngine();
				await sleep(250);
				return;
			case "fail":
				throw new InjectedFault(fault.message ?? `injected fault: ${where}`);
		}
	}

	#take(place: Place): Fault | undefined {
		const index = this.#waiting.findIndex((fault) => matches(fault, place));
		const fault = this.#waiting[index];
		if (fault === undefined) return undefined;
		const left = (fault.times ?? 1) - 1;
		if (left > 0) this.#waiting[index] = { ...fault, times: left };
		else this.#waiting.splice(index, 1);
		return fault;
	}
}

function matches(fault: Fault, place: Place): boolean {
	if (fault.type !== "*" && fault.type !== place.type) return false;
	if (fault.operation !== "*" && fault.operation !== place.operation)
		return false;
	if (fault.stage !== place.stage) return false;
	return (
		fault.urn === undefined ||
		fault.urn === place.urn ||
		place.urn?.endsWith(`::${fault.urn}`) === true
	);
}

function parseFault(fault: Fault): Fault {
	const complete =
		typeof fault.type === "string" && typeof fault.operation === "string";
	if (!complete || !["fail", "delay", "crash-engine"].includes(fault.action))
		throw new Error(
			`a fault needs type, operation and action fail|delay|crash-engine, got ${JSON.stringify(fault)}`,
		);
	return fault;
}
