import { z } from "zod";
import { environments } from "./maintenance.ts";
import type { StatusPlace } from "./place.ts";

const schema = z.object({
	/** Stack that the page speaks of. */
	stack: z.string().optional(),
	/** Whose maintenance windows count. */
	environment: z.enum(environments).optional(),
});

/** What the page is about, as it was last said: verbs that write it afterwards need not be told again. */
export type StatusContext = z.infer<typeof schema>;

const file = "results/.page.json";

/** What was said last; nothing when nobody has. */
export async function readContext(place: StatusPlace): Promise<StatusContext> {
	const bytes = await place.read(file);
	try {
		return schema.parse(JSON.parse(bytes?.toString("utf8") ?? "{}"));
	} catch {
		return {};
	}
}

/** Keeps what is said now; what is left out stays as it was. */
export async function updateContext(
	place: StatusPlace,
	said: StatusContext,
): Promise<StatusContext> {
	const known = await readContext(place);
	const context = { ...known, ...said };
	if (JSON.stringify(context) !== JSON.stringify(known)) {
		await place.write(file, `${JSON.stringify(context)}\n`);
	}
	return context;
}
