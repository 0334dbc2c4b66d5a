import { z } from "zod";
import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { withTags } from "../remember.ts";
import { balancingOf } from "./balancing.ts";
import { arnSuffix, elbArn, newId, targetGroupType } from "./names.ts";
import { failures, healthCheckSchema } from "./properties.ts";
import type { TargetGroupSettings } from "./targetGroup.ts";

const schema = z.looseObject({
	name: z.string().max(32).optional(),
	targetType: z.literal("ip", "the laptop cloud has ip targets only"),
	protocol: z.literal("HTTP").default("HTTP"),
	port: z.coerce.number().int().min(1).max(65535),
	deregistrationDelay: z.coerce.number().int().min(0).max(3600).default(300),
	healthCheck: healthCheckSchema.prefault({}),
});

/** A target group: its targets come by attachments or from an ECS service. */
export const targetGroupHandler: ResourceHandler = {
	replaceOn: ["name", "port", "protocol", "targetType", "vpcId"],
	check: (inputs) => failures(schema, inputs),
	async create({ inputs, autoName }, cloud) {
		const name = schema.parse(inputs).name ?? autoName();
		const arn = elbArn(cloud, `targetgroup/${name}`);
		const outputs = describe(arn, { ...inputs, name });
		balancingOf(cloud).setGroup(arn, groupSettings(outputs));
		return { id: arn, outputs };
	},
	async read(_id, outputs) {
		return outputs;
	},
	async update({ id, inputs, outputs }, cloud) {
		const changed = describe(id, { ...inputs, name: outputs.name });
		balancingOf(cloud).setGroup(id, groupSettings(changed));
		return changed;
	},
	async delete(id, _outputs, cloud) {
		balancingOf(cloud).removeGroup(id);
	},
	async revive(id, outputs, cloud) {
		balancingOf(cloud).setGroup(id, groupSettings(outputs));
	},
	async suspend(id, _outputs, cloud) {
		balancingOf(cloud).removeGroup(id);
	},
};

/** One address, registered by the program itself: the legacy host. */
export const targetGroupAttachmentHandler: ResourceHandler = {
	replaceOn: ["targetGroupArn", "targetId", "port"],
	async create({ inputs }, cloud) {
		const { targetGroupArn, targetId, port } = attachment(inputs);
		balancingOf(cloud).register(targetGroupArn, targetId, port);
		return { id: `${targetGroupArn}-${newId()}`, outputs: inputs };
	},
	async read(_id, outputs, cloud) {
		const { targetGroupArn, targetId, port } = attachment(outputs);
		return balancingOf(cloud).targetState(targetGroupArn, targetId, port)
			? outputs
			: undefined;
	},
	async update({ outputs }) {
		return outputs;
	},
	async delete(_id, outputs, cloud) {
		const { targetGroupArn, targetId, port } = attachment(outputs);
		await balancingOf(cloud).deregister(targetGroupArn, targetId, port);
	},
	async revive(_id, outputs, cloud) {
		const { targetGroupArn, targetId, port } = attachment(outputs);
		ensureGroup(cloud, targetGroupArn);
		balancingOf(cloud).register(targetGroupArn, targetId, port);
	},
};

/** Makes a target group known that the daemon has not come to yet, so that the order of reviving does not matter. */
export function ensureGroup(cloud: Cloud, arn: string): void {
	const stored = cloud.resources.get(targetGroupType, arn);
	if (stored && !balancingOf(cloud).hasGroup(arn)) {
		balancingOf(cloud).setGroup(arn, groupSettings(stored.outputs));
	}
}

function attachment(inputs: Properties) {
	return z
		.looseObject({
			targetGroupArn: z.string(),
			targetId: z.string(),
			port: z.coerce.number(),
		})
		.parse(inputs);
}

function describe(arn: string, inputs: Properties): Properties {
	const { healthCheck, deregistrationDelay, protocol } = schema.parse(inputs);
	return withTags({
		...inputs,
		healthCheck,
		deregistrationDelay,
		protocol,
		arn,
		arnSuffix: arnSuffix(arn),
		loadBalancerArns: [],
	});
}

function groupSettings(outputs: Properties): TargetGroupSettings {
	const { name, healthCheck, deregistrationDelay } = schema.parse(outputs);
	return {
		name: name ?? "",
		deregistrationDelaySeconds: deregistrationDelay,
		healthCheck: {
			path: healthCheck.path,
			intervalSeconds: healthCheck.interval,
			timeoutSeconds: healthCheck.timeout,
			healthyThreshold: healthCheck.healthyThreshold,
			unhealthyThreshold: healthCheck.unhealthyThreshold,
			matcher: healthCheck.matcher,
		},
	};
}
