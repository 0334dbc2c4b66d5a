import type { Clients } from "./clients.ts";
import type { Variant } from "./databases.ts";
import type { FloorFiles } from "./floorFiles.ts";
import type { Phase } from "./transform.ts";

/** What a contender is given for one run. */
export interface Run {
	/** Read-only user of the legacy database. */
	readonly sourceUrl: string;
	/** Superuser of it, for tools that need one. */
	readonly sourceAdminUrl: string;
	/** Owner of the target database, which holds the schema and no rows. */
	readonly targetUrl: string;
	readonly targetAdminUrl: string;
	readonly rows: number;
	readonly workers: number;
	/** Empty folder of this run. */
	readonly folder: string;
	readonly clients: Clients;
	/** Statements and bytes of the floor. */
	readonly floor: FloorFiles;
	/** The bundled command line. */
	readonly cutover: string;
	readonly phase: Phase;
}

/** A way from the legacy rows to the finished target, or a part of one. */
export interface Contender {
	readonly name: string;
	readonly title: string;
	/**
	 * `ours`; `floor`: what nobody can beat; `part`: a piece of the floor, measured apart; `peer`: what a team would take
	 * today; `scale`: only there to show the order of magnitude, on fewer rows.
	 */
	readonly kind: "ours" | "floor" | "part" | "peer" | "scale";
	readonly variants: readonly Variant[];
	/** How it is tuned, for the report. */
	readonly settings: string;
	/** Most rows that it is given. Default: all. */
	readonly mostRows?: number;
	/** What is missing to run it and how to get it, or undefined. */
	missing(clients: Clients): Promise<string | undefined>;
	/** Whether it writes down what stays behind and why. Default: true. */
	readonly keepsQuarantine?: boolean;
	/** Untimed: what has to be there before. */
	prepare?(run: Run): Promise<void>;
	/** The timed work. */
	convert(run: Run): Promise<void>;
	/** Untimed: removes what the work left outside the target database. */
	cleanUp?(run: Run): Promise<void>;
	/** The start of the run that the result was made with, ISO 8601. */
	readonly startedAt?: string;
}
