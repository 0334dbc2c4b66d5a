import { z } from "zod";
import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { withTags } from "../remember.ts";
import { type BalancerSettings, balancingOf } from "./balancing.ts";
import { arnSuffix, elbArn, loadBalancerType } from "./names.ts";
import { failures } from "./properties.ts";

const schema = z.looseObject({
	name: z.string().max(32).optional(),
	loadBalancerType: z.literal("application").default("application"),
	idleTimeout: z.coerce.number().int().min(1).max(4000).default(60),
	xffHeaderProcessingMode: z
		.enum(["append", "preserve", "remove"])
		.default("append"),
});

/** An application load balancer: the settings its listeners share, and their access log. */
export const loadBalancerHandler: ResourceHandler = {
	replaceOn: ["name", "internal", "loadBalancerType"],
	check: (inputs) => failures(schema, inputs),
	async create({ inputs, autoName }, cloud) {
		const name = schema.parse(inputs).name ?? autoName();
		const arn = elbArn(cloud, `loadbalancer/app/${name}`);
		const outputs = describe(arn, { ...inputs, name });
		balancingOf(cloud).setBalancer(arn, balancerSettings(outputs));
		return { id: arn, outputs };
	},
	async read(_id, outputs) {
		return outputs;
	},
	async update({ id, inputs, outputs }, cloud) {
		const changed = describe(id, { ...inputs, name: outputs.name });
		balancingOf(cloud).setBalancer(id, balancerSettings(changed));
		return changed;
	},
	async delete(id, outputs, cloud) {
		if (outputs.enableDeletionProtection === true) {
			throw new Error(
				`OperationNotPermitted: load balancer ${String(outputs.name)} cannot be deleted because deletion protection is enabled`,
			);
		}
		await balancingOf(cloud).removeBalancer(id);
	},
	async revive(id, outputs, cloud) {
		balancingOf(cloud).setBalancer(id, balancerSettings(outputs));
	},
	async suspend(id, _outputs, cloud) {
		await balancingOf(cloud).removeBalancer(id);
	},
};

/** Makes a load balancer known that the daemon has not come to yet, so that the order of reviving does not matter. */
export function ensureBalancer(cloud: Cloud, arn: string): void {
	const stored = cloud.resources.get(loadBalancerType, arn);
	if (stored) {
		balancingOf(cloud).setBalancer(arn, balancerSettings(stored.outputs));
	}
}

function describe(arn: string, inputs: Properties): Properties {
	return withTags({
		internal: false,
		ipAddressType: "ipv4",
		...inputs,
		idleTimeout: schema.parse(inputs).idleTimeout,
		loadBalancerType: "application",
		arn,
		arnSuffix: arnSuffix(arn),
		dnsName: "127.0.0.1",
		zoneId: "Z35SXDOTRQ7X7K",
	});
}

function balancerSettings(outputs: Properties): BalancerSettings {
	const { name, idleTimeout, xffHeaderProcessingMode } = schema.parse(outputs);
	return {
		name: name ?? "",
		idleSeconds: idleTimeout,
		forwardedFor: xffHeaderProcessingMode,
	};
}
