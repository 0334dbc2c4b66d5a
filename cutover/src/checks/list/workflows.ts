import { isDeepStrictEqual } from "node:util";
import { at, jsonOf, said } from "../api.ts";
import { type CheckSpec, failed, type Seen, without } from "../check.ts";
import { byHand, removeNamed, removeThing, rowsOf } from "../removal.ts";
import { callAs, thingOf, tokenOf, type World } from "../world.ts";

/** A workflow with its steps can be made and is read back as it was given. */
export const workflow: CheckSpec = {
	name: "workflow",
	group: "Functionality",
	expected: "made with the wanted status, and read back with its steps",
	async run(world) {
		const { own, plan } = world;
		const path = own.api + plan.routes.workflows;
		const name = workflowName(world.mark);
		const { steps, status } = plan.workflow;
		const token = tokenOf(world, "user");
		const expected = `${status}, and read back with its ${steps.length} steps`;
		let id: string | undefined;
		let isAsked = true;
		world.made.add({
			get what() {
				return `workflow ${id ?? name}`;
			},
			get byHand() {
				return byHand(world, "workflow", id ?? "the id");
			},
			async remove() {
				if (id !== undefined)
					return await removeThing(world, "workflow", {
						id,
						path: `${path}/${id}`,
					});
				if (isAsked) await removeNamed(world, (one) => one === name);
				return undefined;
			},
		});
		// Without the run's signal: who stops it now still wants to know which workflow is to be removed.
		const made = await world.made.making(
			world.api.call({
				method: "POST",
				path,
				token,
				json: { name, steps },
			}),
		);
		const given = at(jsonOf(made), "id");
		if (typeof given === "number" || typeof given === "string") {
			id = String(given);
			world.workflow = { id, path: `${path}/${id}` };
		}
		// A refusal made nothing; after an error nobody knows.
		isAsked = made.status < 400 || made.status >= 500;
		if (made.status !== status) return { ...failed(said(made)), expected };
		if (id === undefined)
			return { ...failed(`${status} without an id`), expected };
		const faults = await readBack(world, `${path}/${id}`, { name, steps });
		return {
			...without(faults, `${status}, and read back with its steps`),
			expected,
		};
	},
};

/** What the checks call their workflows; by this name a later run finds what a killed one left. */
export const workflowName = (mark: string): string => `cutover check ${mark}`;

async function readBack(
	world: World,
	path: string,
	given: {
		readonly name: string;
		readonly steps: readonly Readonly<Record<string, unknown>>[];
	},
): Promise<string[]> {
	const answer = await callAs(world, "user", { path });
	if (answer.status !== 200) return [`reading it back: ${said(answer)}`];
	const body = jsonOf(answer);
	const steps = at(body, "steps");
	const kept = Array.isArray(steps) ? steps : [];
	return [
		...(at(body, "name") === given.name
			? []
			: [`the name reads back as ${String(at(body, "name"))}`]),
		...(kept.length === given.steps.length
			? []
			: [`${given.steps.length} steps were given, ${kept.length} read back`]),
		...given.steps.flatMap((step, index) =>
			Object.entries(step).some(
				([key, value]) => !isDeepStrictEqual(at(kept[index], key), value),
			)
				? [`step ${index + 1} reads back as ${JSON.stringify(kept[index])}`]
				: [],
		),
	];
}

/** The first account's workflow is out of reach for the second. */
export const foreignWorkflow: CheckSpec = {
	name: "another's workflow",
	group: "Security",
	expected:
		"403 or 404 for reading, changing and removing it, and it is in no list",
	after: ["registration", "workflow"],
	async run(world) {
		const { path, id } = thingOf(world.workflow, "workflow");
		tokenOf(world, "other");
		const faults: string[] = [];
		for (const method of ["GET", "PUT", "DELETE"] as const) {
			const answer = await callAs(world, "other", {
				method,
				path,
				...(method === "PUT" && { json: { name: "taken by another" } }),
			});
			if (![403, 404].includes(answer.status))
				faults.push(
					`${method} ${path} as the second account: ${answer.status}`,
				);
		}
		const list = await callAs(world, "other", {
			path: world.own.api + world.plan.routes.workflows,
		});
		if (list.status === 200 && idsOf(jsonOf(list)).includes(id))
			faults.push(`the second account's list holds workflow ${id}`);
		return without(faults, "out of reach of the second account");
	},
};

/** The first account's file is out of reach for the second. */
export const foreignFile: CheckSpec = {
	name: "another's file",
	group: "Security",
	expected: "403 or 404",
	after: ["registration", "upload"],
	async run(world): Promise<Seen> {
		const { path } = thingOf(world.file, "upload");
		const answer = await callAs(world, "other", { path });
		return without(
			[403, 404].includes(answer.status)
				? []
				: [`GET ${path} as the second account: ${answer.status}`],
			"out of reach of the second account",
		);
	},
};

function idsOf(body: unknown): readonly string[] {
	return rowsOf(body).map((row) => String(at(row, "id")));
}
