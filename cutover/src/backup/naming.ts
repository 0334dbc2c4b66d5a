/** What a finished backup's folder is called: `migration_20260801_021500`, in UTC. */
const pattern = /^migration_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/;

/** The folder name of a backup begun at this moment. */
export function backupName(at: Date): string {
	const [day = "", time = ""] = at.toISOString().split("T");
	return `migration_${day.replaceAll("-", "")}_${time.slice(0, 8).replaceAll(":", "")}`;
}

/** When a backup of this name began, or undefined for names that are no backup's. */
export function timeOfName(name: string): Date | undefined {
	const [, year, month, day, hour, minute, second] = pattern.exec(name) ?? [];
	if (second === undefined) return undefined;
	const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return Number.isNaN(at.getTime()) ? undefined : at;
}

/** The first name from this moment on that is not taken: two backups may begin within a second. */
export function freeName(at: Date, taken: ReadonlySet<string>): string {
	for (let time = at.getTime(); ; time += 1_000) {
		const name = backupName(new Date(time));
		if (!taken.has(name)) return name;
	}
}

/** What a backup is called while it is being made; nothing takes such a folder for a backup. */
export const partialName = (name: string): string => `.partial-${name}`;

/** The name that an unfinished backup was to get, or undefined for other names. */
export function nameOfPartial(folder: string): string | undefined {
	const name = /^\.partial-(.+)$/.exec(folder)?.[1];
	return name !== undefined && timeOfName(name) !== undefined
		? name
		: undefined;
}
