import type { Session } from "../adapters/postgres.ts";
import { RefusedError } from "../errors.ts";

/** How the server archives its log. */
export interface Archiving {
	/** The setting archive_mode: `off`, `on` or `always`. */
	readonly mode: string;
	readonly command: string;
	/** Empty where the server does not know the setting (before 15). */
	readonly library: string;
	/** The last failure is younger than the last success. */
	readonly isFailing: boolean;
	/** The segment that failed last, and when (ISO 8601); undefined when none ever did. */
	readonly failedWal: string | undefined;
	readonly failedAt: string | undefined;
}

const archivingSql = `SELECT current_setting('archive_mode') AS mode, current_setting('archive_command') AS command,
	coalesce(current_setting('archive_library', true), '') AS library,
	coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS "isFailing",
	last_failed_wal AS "failedWal", last_failed_time AS "failedAt" FROM pg_stat_archiver`;

/**
 * Makes sure that a copy of the running server comes to its end: the server waits there, without limit, until the log of the
 * copy is archived. Answers whether it archives at all.
 *
 * @throws RefusedError with what to change on the server.
 */
export async function requireArchiving(session: Session): Promise<boolean> {
	const { rows } = await session.query<{
		mode: string;
		command: string;
		library: string;
		isFailing: boolean;
		failedWal: string | null;
		failedAt: Date | null;
	}>(archivingSql);
	const [row] = rows;
	if (row === undefined) throw new Error("the server told no archiving");
	const archiving: Archiving = {
		...row,
		failedWal: row.failedWal ?? undefined,
		failedAt: row.failedAt?.toISOString(),
	};
	const problem = archivingProblem(archiving);
	if (problem !== undefined) throw new RefusedError(problem);
	return isOn(archiving);
}

/** Why a copy would not come to its end, and what to do; undefined when it would. */
export function archivingProblem(archiving: Archiving): string | undefined {
	if (!isOn(archiving)) return undefined;
	const { mode, command, library, isFailing, failedWal, failedAt } = archiving;
	const wait =
		"a base backup would wait at its end, without limit, until its log is archived";
	if (command === "" && library === "") {
		return `expected a server that archives its log or does not mean to, got archive_mode = ${mode} with neither archive_command nor archive_library: ${wait}; set one of them and run SELECT pg_reload_conf(), or turn archive_mode off and restart the server`;
	}
	if (!isFailing) return undefined;
	const name =
		library === "" ? "archive_command" : `archive_library ${library}`;
	return `expected a server that archives its log, got one whose archiving fails (last at ${failedAt}, segment ${failedWal}): ${wait}; the server's log says why ${name} fails: mend it and repeat when pg_stat_archiver shows a younger last_archived_time, or, where nobody needs that archive, turn archive_mode off and restart the server`;
}

const isOn = ({ mode }: Archiving) => mode !== "off";
