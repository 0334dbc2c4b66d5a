/** What retention looks at. */
export interface Kept {
	readonly name: string;
	readonly startedAt: string;
	readonly kind: "full" | "incremental";
	readonly basedOn?: string | undefined;
	/** When its hashes were last recomputed and right (ISO 8601). */
	readonly verifiedAt?: string | undefined;
}

export interface RetentionRule {
	/** Newest backups that stay. */
	readonly keep?: number | undefined;
	/** Backups younger than this stay. */
	readonly keepDays?: number | undefined;
}

const dayMs = 86_400_000;

/**
 * Names of the backups that a rule lets go, oldest first. With both rules a backup stays as long as one of them keeps it. Never
 * among them: the newest one, the one verified last, and those that a kept one builds on.
 */
export function expired(
	backups: readonly Kept[],
	rule: RetentionRule,
	now: Date,
): readonly string[] {
	if (rule.keep === undefined && rule.keepDays === undefined) return [];
	const newestFirst = [...backups].sort((one, other) =>
		other.startedAt.localeCompare(one.startedAt),
	);
	const stays = new Set<string>();
	newestFirst.forEach((backup, at) => {
		const ageMs = now.getTime() - Date.parse(backup.startedAt);
		const isCounted = rule.keep !== undefined && at < rule.keep;
		const isYoung =
			rule.keepDays !== undefined && ageMs < rule.keepDays * dayMs;
		if (at === 0 || isCounted || isYoung) stays.add(backup.name);
	});
	const lastVerified = [...backups]
		.filter((backup) => backup.verifiedAt !== undefined)
		.sort((one, other) =>
			(other.verifiedAt ?? "").localeCompare(one.verifiedAt ?? ""),
		)[0];
	if (lastVerified !== undefined) stays.add(lastVerified.name);
	// From the newest to the oldest: what a kept one builds on is older than it.
	for (const backup of newestFirst) {
		if (stays.has(backup.name) && backup.basedOn !== undefined) {
			stays.add(backup.basedOn);
		}
	}
	return newestFirst
		.map((backup) => backup.name)
		.filter((name) => !stays.has(name))
		.reverse();
}
