import { decideDiff } from "../diff.ts";
import {
	PartialFailure,
	type Properties,
	type ResourceHandler,
	type StoredResource,
} from "../handler.ts";
import { runInvoke } from "../invokes.ts";
import { autoName } from "../naming.ts";
import { checkInputs } from "../schema/check.ts";
import { awsSchema } from "../schema/schema.ts";
import type { Fault } from "./faults.ts";
import type { LaptopCloud } from "./laptopCloud.ts";
import { withoutSecrets } from "./store.ts";

/** The body of a private request; which fields count depends on the verb. */
export interface VerbRequest {
	type?: string;
	urn?: string;
	name?: string;
	id?: string;
	inputs?: Properties;
	oldInputs?: Properties;
	outputs?: Properties;
	/** Top-level inputs that the engine holds as secrets: kept out of the record of calls. */
	secrets?: readonly string[];
	token?: string;
	args?: Properties;
	add?: readonly Fault[];
	clear?: boolean;
	enginePid?: number;
}

export type Verb = (
	request: VerbRequest,
	laptop: LaptopCloud,
) => Promise<Properties>;

/** The verbs of `POST /_laptop/<verb>` that concern resources and the record of calls. */
export const verbs: Readonly<Record<string, Verb>> = {
	async check({ type, inputs = {} }, laptop) {
		const handler = requireHandler(laptop, type);
		const failures = checkInputs(awsSchema, type ?? "", inputs);
		return {
			inputs,
			failures: [...failures, ...(handler.check?.(inputs) ?? [])],
		};
	},

	async diff({ type, inputs = {}, oldInputs = {} }, laptop) {
		return {
			...decideDiff(requireHandler(laptop, type), oldInputs, inputs),
		};
	},

	async create(request, laptop) {
		const { type = "", urn = "", name, inputs = {} } = request;
		const handler = requireHandler(laptop, type);
		const { cloud, store } = laptop;
		await cloud.faultPoint({ type, operation: "create", urn });
		const logicalName = name ?? urn.split("::").at(-1) ?? "";
		const created = await rememberPartial(laptop, handler, request, () =>
			handler.create(
				{
					urn,
					name: logicalName,
					inputs,
					autoName: () => autoName(logicalName),
				},
				cloud,
			),
		);
		remember(laptop, handler, { type, urn, inputs, ...created });
		await cloud.faultPoint({ type, operation: "create", urn, stage: "after" });
		store.flush();
		return { id: created.id, outputs: created.outputs };
	},

	async read({ type, id, urn, outputs }, laptop) {
		const stored =
			id !== undefined && type !== undefined
				? laptop.store.resources.get(type, id)
				: laptop.store.byUrn(urn ?? "");
		if (stored === undefined) return { found: false };
		const handler = requireHandler(laptop, stored.type);
		await laptop.cloud.faultPoint({
			type: stored.type,
			operation: "read",
			urn: stored.urn,
		});
		const current = await handler.read(
			stored.id,
			outputs ?? stored.outputs,
			laptop.cloud,
		);
		if (current === undefined) return { found: false };
		return {
			found: true,
			id: stored.id,
			outputs: current,
			inputs: stored.inputs,
			type: stored.type,
		};
	},

	async update(request, laptop) {
		const { type = "", id = "", urn = "" } = request;
		const { inputs = {}, oldInputs = {}, outputs = {} } = request;
		const handler = requireHandler(laptop, type);
		const { cloud } = laptop;
		if (laptop.store.resources.get(type, id) === undefined)
			throw new Error(
				`${type} ${id} is not in this laptop cloud; refresh the stack`,
			);
		await cloud.faultPoint({ type, operation: "update", urn });
		const updated = await rememberPartial(laptop, handler, request, () =>
			handler.update({ id, urn, inputs, oldInputs, outputs }, cloud),
		);
		remember(laptop, handler, { type, id, urn, inputs, outputs: updated });
		await cloud.faultPoint({ type, operation: "update", urn, stage: "after" });
		return { outputs: updated };
	},

	async delete({ type = "", id = "", urn = "", outputs = {} }, laptop) {
		const handler = requireHandler(laptop, type);
		const { cloud, store } = laptop;
		await cloud.faultPoint({ type, operation: "delete", urn });
		if (store.resources.get(type, id) !== undefined) {
			await handler.delete(id, outputs, cloud);
			store.remove(type, id);
		}
		await cloud.faultPoint({ type, operation: "delete", urn, stage: "after" });
		return {};
	},

	async invoke({ token = "", args = {} }, { cloud }) {
		return { outputs: runInvoke(token, args, cloud.root) };
	},

	async calls(_request, { calls }) {
		return { calls: calls.list() };
	},

	async faults({ add = [], clear = false }, { faults }) {
		if (clear) faults.clear();
		faults.add(add);
		return { faults: faults.list() };
	},
};

/** @throws for a type that this cloud does not have. */
function requireHandler(
	{ handlers }: LaptopCloud,
	type: string | undefined,
): ResourceHandler {
	const handler = handlers[type ?? ""];
	if (handler === undefined)
		throw new Error(`the laptop cloud does not have the type ${type}`);
	return handler;
}

/** What exists is remembered, also when the service could not finish it. */
async function rememberPartial<T>(
	laptop: LaptopCloud,
	handler: ResourceHandler,
	{ type = "", urn = "", inputs = {} }: VerbRequest,
	work: () => Promise<T>,
): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof PartialFailure) {
			const { id, outputs } = error;
			remember(laptop, handler, { type, id, urn, inputs, outputs });
		}
		throw error;
	}
}

function remember(
	{ store }: LaptopCloud,
	{ secretInputs = [] }: ResourceHandler,
	resource: StoredResource,
): void {
	store.put({
		...resource,
		inputs: withoutSecrets(resource.inputs, secretInputs),
		outputs: withoutSecrets(resource.outputs, secretInputs),
	});
}
