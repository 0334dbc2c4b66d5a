/** What a stack's settings say about its gate. */
export interface GatedSettings {
	readonly cloud: "laptop" | "aws";
	readonly phase: "provision" | "backfill" | "live";
	readonly images: Readonly<Record<string, string | undefined>>;
	readonly gate: {
		readonly mode: "mandatory" | "advisory";
		readonly live: "cutover" | "release";
		readonly release?: string | undefined;
		readonly evidence?: string | undefined;
	};
}

/** Whether an update may begin. */
export interface LockAnswer {
	/** What is missing is reported and stops nothing. */
	readonly isAdvisory: boolean;
	/** What is missing, one line each; empty when the update may begin. */
	readonly problems: readonly string[];
	/** All of it for a person. */
	readonly text: string;
}

/** See `readGate` and `gateText` in gate.ts. */
export function askGate(question: {
	readonly stack: string;
	readonly settings: GatedSettings;
	readonly root: string;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Whether the engine only looks, and changes nothing. */
	readonly isPreview: boolean;
}): Promise<LockAnswer>;
