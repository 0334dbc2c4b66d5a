import type { Talk } from "../console.ts";
import { reasonOf } from "../errors.ts";
import type { Result } from "../outcome.ts";
import { readContext, type StatusContext, updateContext } from "./context.ts";
import { readModel, type StatusModel } from "./model.ts";
import { renderPage } from "./page/page.ts";
import { openPlace, type StatusPlace } from "./place.ts";
import { noteEnd, noteStart, type Run } from "./records.ts";
import { secretsOf } from "./redact.ts";

/** The page's name in the report folder. */
export const pageName = "status.html";

/** A run shorter than this is not worth a mark that it is under way. */
const markAfterMs = 1_000;

/** Writes the page anew from what was recorded. */
export async function writePage(
	place: StatusPlace,
	said: StatusContext,
	now: Date,
): Promise<StatusModel> {
	return await place.alone(async () => {
		const context = await updateContext(place, said);
		return await writeFrom(place, context, now);
	});
}

/**
 * Runs a verb and records how it went: a mark while it runs, its result and the page afterwards. Whatever goes wrong with
 * the recording is said and changes nothing; what the work throws is passed on and recorded only if `failureOf` makes a
 * result of it.
 */
export async function recorded(
	verb: string,
	address: string,
	given: Readonly<Record<string, unknown>>,
	talk: Talk,
	work: () => Promise<Result>,
): Promise<Result> {
	const run: Run = {
		verb,
		startedAt: new Date(),
		secrets: secretsOf({ ...process.env, ...given }),
	};
	const kept = (step: () => Promise<unknown>) =>
		step().catch((error: unknown) =>
			talk.say(
				`the status page could not be written: ${reasonOf(error)}; the result stands all the same`,
			),
		);
	let marking: Promise<unknown> = Promise.resolve();
	const timer = setTimeout(() => {
		marking = kept(() => record(address, (place) => noteStart(place, run)));
	}, markAfterMs);
	try {
		const result = await work();
		clearTimeout(timer);
		await marking;
		await kept(() =>
			record(address, (place) => noteEnd(place, run, result, new Date())),
		);
		return result;
	} finally {
		clearTimeout(timer);
	}
}

/** Records a result that something else than a verb came to. Answers where the page lies. */
export async function recordResult(
	address: string,
	run: Omit<Run, "secrets">,
	result: Result,
	said: StatusContext = {},
): Promise<string> {
	const place = openPlace(address);
	const secrets = secretsOf(process.env);
	await place.alone(async () => {
		await noteEnd(place, { ...run, secrets }, result, new Date());
		await writeFrom(place, await updateContext(place, said), new Date());
	});
	return `${place.address}/${pageName}`;
}

async function record(
	address: string,
	note: (place: StatusPlace) => Promise<void>,
): Promise<void> {
	const place = openPlace(address);
	await place.alone(async () => {
		await note(place);
		await writeFrom(place, await readContext(place), new Date());
	});
}

async function writeFrom(
	place: StatusPlace,
	context: StatusContext,
	now: Date,
): Promise<StatusModel> {
	const model = await readModel(place, context, now);
	await place.write(pageName, renderPage(model));
	return model;
}
