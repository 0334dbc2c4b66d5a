import { laptopPlaces } from "../../engine/places.ts";
import { decideDiff } from "../diff.ts";
import type { Properties, ResourceHandler } from "../handler.ts";
import { handlers } from "../handlers.ts";
import { runInvoke } from "../invokes.ts";
import { checkInputs } from "../schema/check.ts";
import { awsSchema } from "../schema/schema.ts";
import { refuseRealCloud } from "./accountLock.ts";
import { checkAwsConfig } from "./awsConfig.ts";
import { askCloud, CloudError } from "./daemonClient.ts";
import { observe } from "./observe.ts";
import { InitializationFailure } from "./protocolError.ts";
import type { Provider } from "./provider.ts";
import { serveProvider } from "./serve.ts";
import { encode, hasUnknown } from "./values.ts";

/** The stand-in for the provider `aws`: knows the types, asks the daemon for everything that exists. */
const aws: Provider = {
	name: "aws",
	version: awsSchema.version,
	checkConfig: checkAwsConfig,

	check({ type, inputs }) {
		const handler = requireHandler(type);
		const typed = checkInputs(awsSchema, type, inputs.values);
		if (typed.length > 0) return typed;
		// A rule that looks inside a value would judge one that is not there yet.
		return (handler.check?.(inputs.values) ?? []).filter(
			({ property }) => !concernsUnknown(property, inputs.values),
		);
	},

	diff({ type, id, oldInputs, inputs, outputs }) {
		refuseRealCloud(id, outputs);
		return decideDiff(requireHandler(type), oldInputs, inputs);
	},

	async create({ urn, type, name, inputs, tell }) {
		requireHandler(type);
		const { values, secrets } = inputs;
		const request = { urn, type, name, inputs: values, secrets };
		const created = await keepingPartial(secrets, () =>
			askCloud("create", request, tell),
		);
		return {
			id: String(created.id),
			outputs: { values: created.outputs as Properties, secrets },
		};
	},

	previewUpdate({ type, inputs, outputs }) {
		const { changesOnUpdate = [] } = requireHandler(type);
		const known = Object.entries(outputs.values).filter(
			([name]) => !changesOnUpdate.includes(name),
		);
		return {
			values: { ...Object.fromEntries(known), ...inputs.values },
			secrets: [...inputs.secrets, ...outputs.secrets],
		};
	},

	async read({ urn, type, id, inputs, outputs }) {
		refuseRealCloud(id, outputs.values);
		requireHandler(type);
		const found = await askCloud("read", {
			urn,
			type,
			id,
			...(Object.keys(outputs.values).length > 0
				? { outputs: outputs.values }
				: {}),
		});
		if (found.found !== true) return undefined;
		const current = found.outputs as Properties;
		const secrets = [...inputs.secrets, ...outputs.secrets];
		const recorded = found.inputs as Properties;
		const imported = Object.keys(inputs.values).length === 0;
		return {
			inputs: {
				values: imported ? recorded : observe(inputs.values, current),
				secrets: inputs.secrets,
			},
			outputs: { values: current, secrets },
		};
	},

	async update({ urn, type, id, inputs, oldInputs, outputs, tell }) {
		refuseRealCloud(id, outputs.values);
		requireHandler(type);
		const { values, secrets } = inputs;
		const updated = await keepingPartial(secrets, () =>
			askCloud(
				"update",
				{
					urn,
					type,
					id,
					inputs: values,
					oldInputs,
					outputs: outputs.values,
					secrets,
				},
				tell,
			),
		);
		return { values: updated.outputs as Properties, secrets };
	},

	async delete({ urn, type, id, outputs, tell }) {
		refuseRealCloud(id, outputs.values);
		requireHandler(type);
		await askCloud("delete", { urn, type, id, outputs: outputs.values }, tell);
	},

	async invoke(token, args) {
		return runInvoke(token, args, laptopPlaces().cloud);
	},

	cancel() {},
};

/** @throws for a type that this cloud does not have: never a silent success. */
function requireHandler(type: string): ResourceHandler {
	const handler = handlers[type];
	if (handler === undefined)
		throw new Error(
			`the laptop cloud does not have the type ${type}; it runs on AWS only`,
		);
	return handler;
}

function concernsUnknown(property: string, values: Properties): boolean {
	const top = /^[^.[]+/.exec(property)?.[0] ?? property;
	return hasUnknown(values[top]);
}

async function keepingPartial(
	secrets: readonly string[],
	work: () => Promise<Properties>,
): Promise<Properties> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof CloudError) || error.partial === undefined)
			throw error;
		const { id, outputs } = error.partial;
		throw new InitializationFailure(
			error.message,
			id,
			encode(outputs, secrets),
		);
	}
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
	process.on(signal, () => process.exit(0));

await serveProvider(aws);
