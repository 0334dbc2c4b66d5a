import type { TargetKind } from "./stage.ts";

/** A part of the migration in which things are made to go wrong. */
export interface Phase {
	readonly name: string;
	/** The verb that does it. */
	readonly argv: readonly string[];
	/** What it begins from. */
	readonly from: TargetKind;
	/** What is run before anything is disturbed. */
	readonly prepare?: readonly (readonly string[])[];
	/** Who writes to the legacy system: nobody, somebody after each blow, somebody all the time; or to the live target. */
	readonly writes: "never" | "between" | "always" | "on the target";
	/** SQL on the target that is true once the phase has begun. Default: with the first session on the source. */
	readonly begins?: string;
	/** SQL on the target that is true once the phase is over. Default: when the process ends. */
	readonly ends?: string;
	/** Of a phase without an end: how much of it moments are chosen from. */
	readonly endlessMs?: number;
	/** What is run afterwards, in this order, until the work is done; nobody writes any more. */
	readonly finish: readonly (readonly string[])[];
	/** What is run when the result has been compared, so that the next case finds the source free. */
	readonly tidy: readonly (readonly string[])[];
	/** Rows that stay behind leave the legacy tables after the preparation: they would come back as others make way for them. */
	readonly forgetsQuarantine?: true;
	/** What must be so in the end. */
	readonly proof:
		| "equals a fresh conversion"
		| "nothing changed"
		| "can write"
		| "legacy equals target"
		| "the backup restores";
	/** Each kill may waste so many rows; counted where the phase loads. */
	readonly countsWaste?: boolean;
	/** Why it cannot be run. */
	readonly missing?: string;
}

const planned = "SELECT EXISTS (SELECT FROM cutover.conversion) AS yes";
const rangesDone =
	"SELECT EXISTS (SELECT FROM cutover.conversion) AND NOT EXISTS (SELECT FROM cutover.checkpoint WHERE loaded_at IS NULL) AS yes";

const convert = ["convert"];
const fromEmpty = {
	argv: convert,
	from: "empty",
	writes: "between",
	// The second pass takes over what was written since the first one looked.
	finish: [convert, convert],
	tidy: [],
	proof: "equals a fresh conversion",
	countsWaste: true,
} as const;

/** All of them, in the order in which a migration comes through. */
export const phases: readonly Phase[] = [
	{ ...fromEmpty, name: "snapshot", ends: planned },
	{ ...fromEmpty, name: "load", begins: planned, ends: rangesDone },
	{ ...fromEmpty, name: "index", begins: rangesDone },
	{
		...fromEmpty,
		name: "catch-up",
		from: "loaded",
		countsWaste: false,
	},
	{
		name: "sync",
		argv: ["sync"],
		from: "loaded",
		writes: "always",
		endlessMs: 1_500,
		finish: [["sync", "--until-caught-up"]],
		tidy: [["sync", "--stop"]],
		proof: "equals a fresh conversion",
	},
	{
		name: "fence",
		argv: ["fence", "on"],
		from: "loaded",
		writes: "never",
		finish: [
			["fence", "on"],
			["fence", "off"],
		],
		tidy: [],
		proof: "can write",
	},
	{
		name: "final-sync",
		argv: ["final-sync", "--follow"],
		from: "loaded",
		writes: "always",
		finish: [["final-sync", "--follow"]],
		tidy: [["fence", "off"]],
		proof: "equals a fresh conversion",
	},
	{
		name: "verify",
		argv: ["validate"],
		from: "loaded",
		prepare: [convert],
		writes: "never",
		finish: [["validate"]],
		tidy: [],
		proof: "nothing changed",
	},
	{
		name: "backup",
		argv: ["backup", "full", "--plaintext"],
		from: "loaded",
		writes: "never",
		begins:
			"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name <> '') AS yes",
		finish: [
			["backup", "full", "--plaintext"],
			["backup", "verify"],
		],
		tidy: [],
		proof: "the backup restores",
	},
	{
		// Last, and each time from the beginning: legacy tables that were written back to belong to one target alone.
		name: "reverse sync",
		argv: ["sync", "--reverse"],
		from: "empty",
		prepare: [["final-sync"]],
		forgetsQuarantine: true,
		writes: "on the target",
		endlessMs: 1_500,
		finish: [["sync", "--reverse", "--until-caught-up"]],
		tidy: [
			["sync", "--reverse", "--stop"],
			["fence", "off"],
		],
		proof: "legacy equals target",
	},
];
