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
	#count = 0;

	/** Remembers a thing; called before anything else can fail. */
	add(thing: MadeThing): void {
		this.#things.push(thing);
		this.#count += 1;
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
		for (;;) {
			const thing = this.#things.pop();
			if (thing === undefined) return left;
			const reason = await thing.remove().catch(reasonOf);
			if (reason !== undefined)
				left.push(`${thing.what} stays (${reason}); ${thing.byHand}`);
		}
	}
}
