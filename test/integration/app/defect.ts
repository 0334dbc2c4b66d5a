import type { Alteration } from "./alteringProxy.ts";

/** Something that is wrong with the new system, and the one check that has to see it. */
export interface Defect {
	readonly what: string;
	/** Name of the check that fails, alone. */
	readonly check: string;
	/** What its report has to say. */
	readonly says: RegExp;
	/** On the way through the proxy. */
	readonly alteration?: Alteration;
	/** In the database, as the superuser. */
	readonly sql?: string;
	/** Takes the SQL back. */
	readonly undo?: string;
	/** What the checks are told besides the usual. */
	readonly plan?: Readonly<Record<string, unknown>>;
}
