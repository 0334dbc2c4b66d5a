import { z } from "zod";
import { readCertificate } from "../acm/authority.ts";
import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { withTags } from "../remember.ts";
import { balancingOf } from "./balancing.ts";
import { ensureBalancer } from "./loadBalancer.ts";
import { arnSuffix, newId } from "./names.ts";
import { actionsSchema, failures } from "./properties.ts";

const schema = z
	.looseObject({
		loadBalancerArn: z.string(),
		port: z.coerce.number().int().min(1).max(65535),
		protocol: z.enum(["HTTP", "HTTPS"]),
		certificateArn: z.string().optional(),
		defaultActions: actionsSchema,
	})
	.refine(
		({ protocol, certificateArn }) =>
			protocol === "HTTP" || certificateArn !== undefined,
		{
			path: ["protocol"],
			message: "an HTTPS listener needs a certificateArn",
		},
	);

/** A port of a load balancer: a real server on 127.0.0.1. */
export const listenerHandler: ResourceHandler = {
	replaceOn: ["loadBalancerArn"],
	deleteBeforeReplace: true,
	check: (inputs) => failures(schema, inputs),
	async create({ inputs }, cloud) {
		const { loadBalancerArn } = schema.parse(inputs);
		const arn = `${loadBalancerArn.replace(":loadbalancer/", ":listener/")}/${newId()}`;
		await open(arn, inputs, cloud);
		return { id: arn, outputs: describe(arn, inputs) };
	},
	async read(_id, outputs) {
		return outputs;
	},
	async update({ id, inputs }, cloud) {
		await open(id, inputs, cloud);
		return describe(id, inputs);
	},
	async delete(id, _outputs, cloud) {
		await balancingOf(cloud).removeListener(id);
	},
	async revive(id, outputs, cloud) {
		ensureBalancer(cloud, schema.parse(outputs).loadBalancerArn);
		await open(id, outputs, cloud);
	},
	async suspend(id, _outputs, cloud) {
		await balancingOf(cloud).removeListener(id);
	},
};

async function open(
	arn: string,
	inputs: Properties,
	cloud: Cloud,
): Promise<void> {
	const { loadBalancerArn, port, protocol, certificateArn, defaultActions } =
		schema.parse(inputs);
	const listener = { port, defaultAction: defaultActions };
	await balancingOf(cloud).setListener(
		arn,
		loadBalancerArn,
		protocol === "HTTPS" && certificateArn !== undefined
			? {
					...listener,
					protocol: "https",
					certificate: readCertificate(cloud.root, certificateArn),
				}
			: { ...listener, protocol: "http" },
	);
}

function describe(arn: string, inputs: Properties): Properties {
	return withTags({
		...inputs,
		arn,
		arnSuffix: arnSuffix(arn),
		...(inputs.protocol === "HTTPS" && {
			sslPolicy: inputs.sslPolicy ?? "ELBSecurityPolicy-TLS13-1-2-2021-06",
		}),
	});
}
