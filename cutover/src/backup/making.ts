import type { Talk } from "../console.ts";
import type { Hold } from "./hold.ts";
import type { DatabaseFacts, Manifest } from "./manifest.ts";
import type { RdsPort } from "./rds.ts";
import type { Sealer } from "./seal.ts";
import type { TakeSettings } from "./settings.ts";

/** A backup being made. */
export interface Making {
	readonly kind: Manifest["kind"];
	readonly settings: TakeSettings;
	readonly into: string;
	/** Where it is made; renamed at the end. */
	readonly folder: string;
	readonly name: string;
	readonly sealer: Sealer;
	readonly previous:
		| { readonly manifest: Manifest; readonly folder: string }
		| undefined;
	readonly hold: Hold;
	readonly rds: () => Promise<RdsPort>;
	readonly talk: Talk;
	readonly signal: AbortSignal;
	readonly onBytes: (bytes: number) => void;
	/** What the operator has to know at the end; filled on the way. */
	readonly warnings: string[];
}

/** What the parts leave for the manifest. */
export type Made = Pick<
	Manifest,
	"tools" | "parts" | "files" | "links" | "images"
> & { database?: DatabaseFacts };
