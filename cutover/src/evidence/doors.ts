import type { Result } from "../outcome.ts";
import { parseSettings } from "../verbs/parse.ts";
import { runDecide } from "./decide.ts";
import { recordFromFile as recordFile } from "./fromFile.ts";
import * as give from "./give.ts";
import * as keys from "./keys.ts";
import * as look from "./look.ts";
import * as schemas from "./settings.ts";

export { recordResult } from "./ofVerb.ts";

/** Takes options as given on the command line, all of them text. @throws UsageError naming every bad one. */
type Door = (options: Readonly<Record<string, unknown>>) => Promise<Result>;

export const createKey: Door = async (options) =>
	await keys.createKey(parseSettings(schemas.keySchema, options));

export const showKey: Door = async (options) =>
	await keys.showKey(parseSettings(schemas.shownKeySchema, options));

export const recordFromFile: Door = async (options) =>
	await recordFile(parseSettings(schemas.recordSchema, options));

export const attest: Door = async (options) =>
	await give.attest(parseSettings(schemas.attestSchema, options));

export const approve: Door = async (options) =>
	await give.approve(parseSettings(schemas.approveSchema, options));

export const waive: Door = async (options) =>
	await give.waive(parseSettings(schemas.waiveSchema, options));

export const giveNotice: Door = async (options) =>
	await give.giveNotice(parseSettings(schemas.noticeSchema, options));

export const decide: Door = async (options) =>
	await runDecide(parseSettings(schemas.decideSchema, options));

export const showRecord: Door = async (options) =>
	await look.showRecord(parseSettings(schemas.showSchema, options));

export const printProgram: Door = async (options) =>
	await look.printProgram(
		parseSettings(schemas.subjectSchema, options).program,
	);

export async function listRecords(
	options: Readonly<Record<string, unknown>>,
	verb: "list" | "verify",
): Promise<Result> {
	return await look.listRecords(
		parseSettings(schemas.listSchema, options),
		verb,
	);
}
