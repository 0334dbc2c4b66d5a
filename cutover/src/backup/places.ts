import { join } from "node:path";

/** Where things lie in the folder that backups go into. */
export const placesOf = (into: string) => ({
	backupLock: join(into, ".backup.lock"),
	walLock: join(into, ".wal.lock"),
	drillLock: join(into, ".drill.lock"),
	/** The received log, encrypted. */
	wal: join(into, "wal"),
	/** The log as the server sends it: plain, and only as long as a segment is not full. */
	walSpool: join(into, "wal", ".spool"),
	walServer: join(into, "wal", "server"),
	walIndex: join(into, "wal", "segments.jsonl"),
	verified: join(into, "verified.json"),
	drills: join(into, "drills.json"),
});
