import { requireResource } from "../ec2/references.ts";
import { subnetType } from "../ec2/types.ts";
import type { ResourceHandler } from "../handler.ts";
import { arn } from "../naming.ts";
import {
	objectsOf,
	requireString,
	stringOf,
	stringsOf,
} from "../properties.ts";
import { rememberedHandler } from "../remember.ts";
import { applyParameters } from "./instances.ts";
import { checkParameters, parameterGroupType } from "./parameters.ts";

export const subnetGroupType = "aws:rds/subnetGroup:SubnetGroup";
const instanceType = "aws:rds/instance:Instance";

export const subnetGroup = rememberedHandler({
	type: subnetGroupType,
	replaceOn: ["name", "namePrefix"],
	defaults: { description: "Managed by Pulumi" },
	describe({ inputs, autoName }, cloud) {
		const subnets = stringsOf(inputs, "subnetIds").map((id) =>
			requireResource(cloud, subnetType, id, "InvalidSubnet"),
		);
		const zones = new Set(subnets.map((s) => s.outputs.availabilityZone));
		if (zones.size < 2)
			throw new Error(
				`DBSubnetGroupDoesNotCoverEnoughAZs: the subnets lie in ${[...zones].join(", ") || "no zone"}; two zones are needed`,
			);
		const name = stringOf(inputs, "name") ?? autoName();
		return {
			id: name,
			outputs: {
				name,
				arn: arn("rds", `subgrp:${name}`),
				vpcId: subnets[0]?.inputs.vpcId,
				supportedNetworkTypes: ["IPV4"],
			},
		};
	},
	usedBy: (id, cloud) =>
		cloud.resources.find(instanceType, (r) => r.inputs.dbSubnetGroupName === id)
			?.id,
});

const remembered = rememberedHandler({
	type: parameterGroupType,
	replaceOn: ["name", "namePrefix", "family", "description"],
	defaults: {
		description: "Managed by Pulumi",
		skipDestroy: false,
		parameters: [],
	},
	check(inputs) {
		const family = inputs.family;
		return typeof family === "string" && !/^postgres\d+$/.test(family)
			? [
					{
						property: "family",
						reason: `the laptop cloud has PostgreSQL only (postgres15), got ${family}`,
					},
				]
			: [];
	},
	describe({ inputs, autoName }) {
		refuseUnknownParameters(inputs);
		const name = stringOf(inputs, "name") ?? autoName();
		return { id: name, outputs: { name, arn: arn("rds", `pg:${name}`) } };
	},
	verifyUpdate: refuseUnknownParameters,
	usedBy: (id, cloud) =>
		cloud.resources.find(
			instanceType,
			(r) => r.inputs.parameterGroupName === id,
		)?.id,
});

/** New values reach the instances of the group at once, except those that need a reboot: they wait for one, as on RDS. */
export const parameterGroup: ResourceHandler = {
	...remembered,
	async update(request, cloud) {
		const outputs = await remembered.update(request, cloud);
		for (const instance of cloud.resources.list(instanceType))
			if (instance.inputs.parameterGroupName === request.id)
				await applyParameters(
					instance,
					objectsOf(request.inputs, "parameters"),
					cloud,
				);
		return outputs;
	},
};

function refuseUnknownParameters(
	inputs: Parameters<typeof checkParameters>[0],
): void {
	const [failure] = checkParameters(inputs);
	if (failure !== undefined)
		throw new Error(
			`InvalidParameterValue: ${failure.property}: ${failure.reason}`,
		);
	requireString(inputs, "family");
}
