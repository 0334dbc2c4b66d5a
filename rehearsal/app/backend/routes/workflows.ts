import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import {
	type Context,
	type Env,
	idOf,
	readBody,
	readQuery,
	signedIn,
} from "../context.ts";
import { isStorableJson } from "../text.ts";
import { storable } from "./auth.ts";

// Older clients put a step's settings beside its type; they belong into its config.
const step = z
	.looseObject({
		type: storable(z.string().trim().min(1).max(50)),
		config: z.record(z.string(), z.unknown()).optional(),
	})
	.transform(({ type, config, ...rest }) => ({
		type,
		config: { ...rest, ...config },
	}))
	.refine(
		({ config }) => isStorableJson(config),
		"expected a config that the database can hold",
	);

const workflow = z.object({
	name: storable(z.string().trim().min(1).max(255)),
	description: storable(z.string().max(10_000)).nullish(),
	is_active: z.boolean().optional(),
	steps: z.array(step).max(100).optional(),
});

const page = z.object({
	limit: z.coerce.number().int().min(1).max(1000).default(100),
	before: z.coerce.number().int().min(1).optional(),
});

/** The signed-in user's own workflows; another's do not exist for them. */
export function workflowRoutes(
	context: Context,
	version: "v1" | "v2",
): Hono<Env> {
	const { workflows } = context;
	return new Hono<Env>()
		.use(signedIn(context))
		.get("/", async (c) => {
			const rows = await workflows.list(c.get("account"), readQuery(c, page));
			return c.json(version === "v1" ? rows : { data: rows });
		})
		.post("/", async (c) => {
			const { description, ...asked } = await readBody(c, workflow);
			const made = await workflows.create(c.get("account"), {
				...asked,
				description: description ?? undefined,
			});
			c.header("Location", `/api/${version}/workflows/${made.id}`);
			return c.json(made, 201);
		})
		.get("/:id", async (c) =>
			c.json(found(await workflows.find(c.get("account"), idOf(c)))),
		)
		.put("/:id", async (c) => {
			const { description, ...change } = await readBody(c, workflow.partial());
			return c.json(
				found(
					await workflows.update(c.get("account"), idOf(c), {
						...change,
						description: description ?? undefined,
					}),
				),
			);
		})
		.delete("/:id", async (c) => {
			const gone = await workflows.remove(c.get("account"), idOf(c));
			if (!gone) throw new HTTPException(404, { message: "not found" });
			return c.body(null, 204);
		})
		.post("/:id/execute", async (c) => {
			const { id, steps } = found(
				await workflows.find(c.get("account"), idOf(c)),
			);
			return c.json({
				workflow_id: id,
				status: "completed",
				steps: steps.map(({ position, type }) => ({
					position,
					type,
					status: "completed",
				})),
				finished_at: new Date(),
			});
		});
}

function found<T>(row: T | undefined): T {
	if (row === undefined) throw new HTTPException(404, { message: "not found" });
	return row;
}
