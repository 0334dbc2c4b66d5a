import type { Mapping } from "../conversion/mapping.ts";

/** The legacy system as it was found. Everything is sorted by name, so that two inventories can be compared as text. */
export interface Inventory {
	/** Goes up when a field changes its meaning. */
	readonly formatVersion: 1;
	/** ISO 8601, UTC. */
	readonly takenAt: string;
	readonly server: ServerFacts;
	readonly roles: readonly RoleFacts[];
	readonly extensions: readonly ExtensionFacts[];
	/** Procedural languages besides SQL and internal ones. */
	readonly languages: readonly LanguageFacts[];
	readonly tables: readonly TableFacts[];
	readonly views: readonly ViewFacts[];
	readonly sequences: readonly SequenceFacts[];
	readonly foreignServers: readonly ForeignServerFacts[];
	readonly publications: readonly string[];
	readonly subscriptions: readonly string[];
	readonly replicationSlots: readonly SlotFacts[];
	/** Null when it could not be counted. */
	readonly largeObjects: number | null;
	readonly conversion: ConversionFacts;
	readonly api: ApiFacts | null;
	readonly files: FileFacts | null;
	readonly dependencies: DependencyFacts;
	/** What could not be read, and why. */
	readonly unread: readonly Unread[];
}

/** The parts that an inventory is read in; each is a check of its own. */
export const parts = [
	"catalog",
	"rows",
	"data",
	"schema dump",
	"API",
	"files",
	"application settings",
] as const;

export type Part = (typeof parts)[number];

export interface Unread {
	readonly part: Part;
	readonly what: string;
	readonly why: string;
}

export interface ServerFacts {
	readonly version: string;
	/** For example 150018. */
	readonly versionNumber: number;
	readonly database: string;
	readonly bytes: number | null;
	readonly encoding: string;
	readonly collation: string;
	readonly characterType: string;
	/** The version of the collation library has changed since the database was made. */
	readonly isCollationStale: boolean;
	/** Server settings by name, as new sessions get them. */
	readonly settings: Readonly<Record<string, string>>;
	readonly usedReplicationSlots: number | null;
	readonly usedWalSenders: number | null;
}

/** A role; password hashes are never read. */
export interface RoleFacts {
	readonly name: string;
	readonly canLogin: boolean;
	readonly isSuperuser: boolean;
	readonly canCreateRoles: boolean;
	readonly canCreateDatabases: boolean;
	readonly canReplicate: boolean;
	readonly bypassesRowSecurity: boolean;
	readonly memberOf: readonly string[];
}

export interface ExtensionFacts {
	readonly name: string;
	readonly version: string;
	readonly schema: string;
}

export interface LanguageFacts {
	readonly name: string;
	readonly functions: number;
}

export interface TableFacts {
	/** `schema.name`, quoted where SQL wants it. */
	readonly name: string;
	readonly kind: "table" | "partitioned" | "foreign";
	readonly owner: string;
	readonly isUnlogged: boolean;
	/** The table that this one inherits from or is a partition of. */
	readonly parent: string | null;
	/** The extension that the table belongs to. */
	readonly extension: string | null;
	/** Counted; null when it could not be. */
	readonly rows: number | null;
	/** What the planner believes; null when it was never analysed. */
	readonly estimatedRows: number | null;
	/** With indexes and TOAST. */
	readonly bytes: number | null;
	readonly replicaIdentity: "default" | "nothing" | "full" | "index";
	readonly hasRowSecurity: boolean;
	readonly policies: readonly string[];
	readonly columns: readonly ColumnFacts[];
	readonly primaryKey: readonly string[] | null;
	readonly indexes: readonly IndexFacts[];
	readonly constraints: readonly ConstraintFacts[];
	readonly triggers: readonly TriggerFacts[];
}

export interface ColumnFacts {
	readonly name: string;
	/** As PostgreSQL writes it: `character varying(255)`. */
	readonly type: string;
	/** Name of the type below domains and arrays: `varchar`. */
	readonly base: string;
	readonly kind:
		| "base"
		| "array"
		| "domain"
		| "enum"
		| "composite"
		| "range"
		| "pseudo";
	/** The type comes with PostgreSQL. */
	readonly isBuiltIn: boolean;
	readonly isNullable: boolean;
	readonly default: string | null;
	/** The collation, where it is not the database's. */
	readonly collation: string | null;
}

export interface IndexFacts {
	readonly name: string;
	readonly definition: string;
	/** Without expressions and included columns. */
	readonly columns: readonly string[];
	readonly isUnique: boolean;
	readonly isPrimary: boolean;
	readonly isValid: boolean;
}

export interface ConstraintFacts {
	readonly name: string;
	readonly kind: "foreign key" | "check" | "exclusion" | "unique";
	readonly definition: string;
	readonly references: string | null;
	readonly isValidated: boolean;
}

export interface TriggerFacts {
	readonly name: string;
	readonly function: string;
	readonly definition: string;
	readonly isEnabled: boolean;
}

export interface ViewFacts {
	readonly name: string;
	readonly kind: "view" | "materialized view";
	readonly owner: string;
}

/** Values are text: they may be larger than a JavaScript number can hold. */
export interface SequenceFacts {
	readonly name: string;
	readonly type: string;
	/** `schema.table.column` that takes its values from it. */
	readonly ownedBy: string | null;
	/** Null when it was never used or could not be read. */
	readonly last: string | null;
	/** The last value that fits the sequence and the column that it fills. */
	readonly limit: string;
	readonly increment: string;
	/** Highest value in the column that it fills. */
	readonly highest: string | null;
}

/** User mappings, which hold passwords, are never read. */
export interface ForeignServerFacts {
	readonly name: string;
	readonly wrapper: string;
	readonly address: string;
}

export interface SlotFacts {
	readonly name: string;
	readonly kind: string;
	readonly isActive: boolean;
}

/** What the conversion makes of the source. */
export interface ConversionFacts {
	/** What goes where: what all of this was judged with. */
	readonly mapping: Mapping;
	/** Where each table that the mapping names is; null when it is missing. */
	readonly tables: Readonly<Record<string, string | null>>;
	/** Rows that stay behind, by table and reason; null when no table could be looked at. */
	readonly keptBack: readonly KeptBack[] | null;
	readonly hashFormats: readonly HashFormat[] | null;
	readonly settings: SettingsFacts | null;
}

export interface KeptBack {
	readonly table: string;
	readonly reason: string;
	readonly rows: number;
	/** The lowest ones. */
	readonly sampleIds: readonly number[];
}

export interface HashFormat {
	readonly format: string;
	readonly isKnown: boolean;
	readonly rows: number;
	readonly lowestId: number;
}

/** User settings that give default preferences. */
export interface SettingsFacts {
	readonly malformed: number;
	readonly malformedIds: readonly number[];
	readonly notObjects: number;
	readonly notObjectIds: readonly number[];
}

export interface ApiFacts {
	readonly source: string;
	readonly title: string;
	readonly version: string;
	/** For example "OpenAPI 3.0.3". */
	readonly specification: string;
	readonly endpoints: readonly Endpoint[];
	/** Which endpoint of the new system takes over; null when there was nothing to compare with. */
	readonly successors: readonly Successor[] | null;
}

export interface Endpoint {
	readonly method: string;
	readonly path: string;
	readonly summary: string;
	readonly isDeprecated: boolean;
	readonly needsSignIn: boolean;
}

export interface Successor {
	/** `GET /api/v1/workflows`. */
	readonly endpoint: string;
	/** Null when nothing takes over. */
	readonly successor: string | null;
}

export interface FileFacts {
	readonly folder: string;
	readonly files: number;
	readonly bytes: number;
	/** The rows that stand for files, compared with the folder; null when there are none or they could not be read. */
	readonly rows: FileRows | null;
	/** Files on disk that no row names; null without rows. */
	readonly unlisted: number | null;
	readonly unlistedSamples: readonly string[];
}

export interface FileRows {
	readonly table: string;
	readonly total: number;
	readonly matching: number;
	readonly missing: number;
	readonly missingIds: readonly number[];
	readonly differing: number;
	readonly differingIds: readonly number[];
	/** The path is missing or leaves the folder. */
	readonly badPaths: number;
	readonly badPathIds: readonly number[];
}

export interface DependencyFacts {
	/** What the application's settings name, without user names and passwords; null when they were not given. */
	readonly settings: readonly SettingDependency[] | null;
	/** Who was connected to the database. */
	readonly clients: readonly ClientFacts[];
}

export interface SettingDependency {
	readonly setting: string;
	readonly kind: string;
	/** Scheme, host and port. */
	readonly address: string;
}

export interface ClientFacts {
	readonly role: string;
	readonly application: string;
	readonly address: string;
}

/** How many ids or names are given as examples. */
export const sampleSize = 10;
