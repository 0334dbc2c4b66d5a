import { reasonOf } from "../errors.ts";

/** Something that a check made in the system under test. */
export interface MadeThing {
	/** For people: `workflow 12`. */
	readonly what: string;
	/** How to remove it by hand, should it stay. */
	readonly byHand: string;
	/** Removes it; safe to call when it is gone already. Answers what is left of it, or undefined. */
	remove(): Promise<string | undefined>;
}

/** What the checks made and have to remove again, newest first. */
export class Made {
	readonly #things: MadeThing[] = [];
	readonly #underWay = new Set<Promise<unknown>>();
	#count = 0;

	/** Remembers a thing; called before anything else can fail. */
	add(thing: MadeThing): void {
		this.#things.push(thing);
		this.#count += 1;
	}

	/** A request that makes something: who stops the run now has to wait for its answer, to know what there is to remove. */
	async making<T>(request: Promise<T>): Promise<T> {
		this.#underWay.add(request);
		try {
			return await request;
		} finally {
			this.#underWay.delete(request);
		}
	}

	/** What is worth knowing about what was removed. */
	readonly notes: string[] = [];

	/** How many things were made. */
	get count(): number {
		return this.#count;
	}

	/** Removes everything; answers what stayed, with the reason and what to do. One failure keeps no other from going. */
	async removeAll(): Promise<readonly string[]> {
		const left: string[] = [];
		await Promise.allSettled(this.#underWay);
		// What the check does with the answer comes first.
		await new Promise((resolve) => setImmediate(resolve));
		for (;;) {
			const thing = this.#things.pop();
			if (thing === undefined) return left;
			const reason = await thing.remove().catch(reasonOf);
			if (reason !== undefined)
				left.push(`${thing.what} stays (${reason}); ${thing.byHand}`);
		}
	}
}
