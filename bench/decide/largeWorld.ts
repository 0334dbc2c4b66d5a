import type { Context } from "../../golive/src/index.ts";
import {
	evidenceRecord,
	provenWorld,
	signOff,
	type Variant,
	type World,
} from "../../test/golive/fixture.ts";

const hourMs = 3_600_000;

/** A whole go-live, signed off, with as many older records of the same release as it takes. */
export function largeWorld(
	variant: Variant,
	context: Partial<Context>,
	files: number,
): World {
	const world = provenWorld(variant);
	world.context = { ...world.context, ...context };
	const signOffs = world.checklist.decisionMakers.length;
	for (let index = 0; world.records.length < files - signOffs; index++) {
		const ageMs = 2 * hourMs + index * 1000;
		world.records.push(
			evidenceRecord("tests", "staging", world, {}, undefined, ageMs),
		);
	}
	return signOff(world, variant);
}
