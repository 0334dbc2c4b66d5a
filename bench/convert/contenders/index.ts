import type { Contender } from "../contender.ts";
import { floor, floorParts, liveFloor } from "./floor.ts";
import { logical } from "./logical.ts";
import { ours } from "./ours.ts";
import { pgcopydb } from "./pgcopydb.ts";
import { pgDump, pgRestore } from "./pgDump.ts";
import { pgloader } from "./pgloader.ts";
import { rowByRow } from "./rowByRow.ts";

/** Everybody who takes part, in the order of a round. */
export const contenders: readonly Contender[] = [
	ours,
	floor,
	floorParts,
	pgDump,
	pgRestore,
	pgloader,
	pgcopydb,
	logical,
	rowByRow,
	liveFloor,
];
