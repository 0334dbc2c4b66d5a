/** What has to happen to one table's rows on the target. */
export interface Changes {
	/** Ids to read again and store. */
	readonly store: ReadonlySet<number>;
	/** Ids whose rows leave the target. */
	readonly remove: ReadonlySet<number>;
	/** Ids to write into the quarantine. */
	readonly quarantine: ReadonlySet<number>;
	/** Ids to take out of it. */
	readonly release: ReadonlySet<number>;
	/** Ids that came, went, or moved between the tables and the quarantine: what they own has to be looked at. */
	readonly moved: ReadonlySet<number>;
	/** Ids that are on the target afterwards. */
	readonly stays: ReadonlySet<number>;
}

/** What is known of the rows that are looked at. */
export interface Facts {
	readonly looked: ReadonlySet<number>;
	/** Those among them whose row may have changed. */
	readonly changed: ReadonlySet<number>;
	/** On the source now. */
	readonly present: ReadonlySet<number>;
	/** On the target now, outside the quarantine. */
	readonly migrated: ReadonlySet<number>;
	/** In quarantine now, with the reason. */
	readonly known: ReadonlyMap<number, string>;
	/** Has to stay behind, with the reason. */
	readonly judged: ReadonlyMap<number, string>;
}

/** What follows for one table. */
export function decide(facts: Facts): Changes {
	const store = new Set<number>();
	const remove = new Set<number>();
	const quarantine = new Set<number>();
	const release = new Set<number>();
	const moved = new Set<number>();
	const stays = new Set<number>();
	for (const id of facts.looked) {
		const reason = facts.judged.get(id);
		const wasKept = facts.known.get(id);
		const wasMigrated = facts.migrated.has(id);
		const isChanged = facts.changed.has(id);
		const becomes = !facts.present.has(id)
			? "gone"
			: reason === undefined
				? "migrated"
				: "kept";
		if (becomes === "migrated") stays.add(id);
		if (becomes === "migrated" && (isChanged || !wasMigrated)) store.add(id);
		if (becomes !== "migrated" && wasMigrated) remove.add(id);
		if (becomes === "kept" && (isChanged || reason !== wasKept))
			quarantine.add(id);
		if (becomes !== "kept" && wasKept !== undefined) release.add(id);
		const was = wasMigrated
			? "migrated"
			: wasKept !== undefined
				? "kept"
				: "gone";
		if (becomes !== was) moved.add(id);
	}
	return { store, remove, quarantine, release, moved, stays };
}

/** How many things there are to do. */
export function countChanges(changes: Changes): number {
	const { store, remove, quarantine, release } = changes;
	return store.size + remove.size + quarantine.size + release.size;
}
