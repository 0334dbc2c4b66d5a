import {
	connect,
	cut,
	endQuietly,
	type Session,
} from "../adapters/postgres.ts";
import { StillFencedError, UsageError } from "../errors.ts";
import { loadMapping } from "./loadMapping.ts";
import {
	requireMapping,
	requireMigrated,
	requireSource,
	takeLock,
} from "./preflight.ts";
import type { ConvertSettings } from "./settings.ts";
import { alone, type Shard } from "./shards.ts";
import type { WantedRules } from "./state.ts";

/** The two sessions that one conversion is led from. */
export interface Ends {
	readonly source: Session;
	readonly target: Session;
	/** Which database the source is. */
	readonly place: string;
	/** What every run has to be made with. */
	readonly wanted: WantedRules;
}

/** Opens both ends, checks that they may be used, takes the lock, and closes everything after the work. */
export async function withEnds<T>(
	settings: ConvertSettings,
	signal: AbortSignal,
	work: (ends: Ends) => Promise<T>,
	shard: Shard = alone,
): Promise<T> {
	if (
		(settings.filesSource === undefined) !==
		(settings.filesTarget === undefined)
	) {
		throw new UsageError(
			"--files-source and --files-target belong together: give both (FILES_SOURCE, FILES_TARGET) or none",
		);
	}
	const sessions: Session[] = [];
	const cutAll = () => {
		for (const session of sessions) cut(session);
	};
	signal.addEventListener("abort", cutAll);
	try {
		const target = await connect(settings.target, {
			what: "target",
			applicationName: "cutover convert",
		});
		sessions.push(target);
		const source = await connect(settings.source, {
			what: "source",
			readOnly: true,
			applicationName: "cutover convert",
		});
		sessions.push(source);
		const place = await requireSource(source, target);
		await requireMigrated(target);
		const mapping = await loadMapping(settings.mapping);
		await requireMapping(source, target, mapping);
		await takeLock(target, shard);
		const { namespace, timeZone, duplicates } = settings;
		const wanted = { namespace, timeZone, duplicates, mapping };
		return await work({ source, target, place, wanted });
	} catch (error) {
		// Whoever stopped the work must still hear that the fence is up.
		if (!(error instanceof StillFencedError)) signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener("abort", cutAll);
		await Promise.all(sessions.map(endQuietly));
	}
}
