import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { withTags } from "../remember.ts";
import { balancingOf } from "./balancing.ts";
import { newId } from "./names.ts";
import { actionsSchema, conditionsSchema, failures } from "./properties.ts";
import type { WeightedGroup } from "./routing.ts";

const schema = z.looseObject({
	listenerArn: z.string(),
	priority: z.coerce.number().int().min(1).max(50_000).optional(),
	conditions: conditionsSchema,
	actions: actionsSchema,
});

/** Weights that were shifted past the program, by rule. */
const collection = "elb:weights";

/** A rule of a listener. Its weights may be moved by an ECS deployment; a refresh shows them as they are. */
export const listenerRuleHandler: ResourceHandler = {
	replaceOn: ["listenerArn"],
	check: (inputs) => failures(schema, inputs),
	async create({ inputs }, cloud) {
		const { listenerArn, priority } = schema.parse(inputs);
		const balancing = balancingOf(cloud);
		if (priority !== undefined && balancing.ruleAt(listenerArn, priority)) {
			throw new Error(
				`PriorityInUse: priority ${priority} is in use by another rule of ${listenerArn}`,
			);
		}
		const arn = `${listenerArn.replace(":listener/", ":listener-rule/")}/${newId()}`;
		const outputs = withTags({
			...inputs,
			priority: priority ?? balancing.nextPriority(listenerArn),
			arn,
		});
		apply(arn, outputs, cloud);
		return { id: arn, outputs };
	},
	async read(id, outputs, cloud) {
		return withLiveWeights(id, outputs, cloud);
	},
	async update({ id, inputs, oldInputs, outputs }, cloud) {
		// As the real provider: actions are sent only when the program changed them.
		if (!isDeepStrictEqual(inputs.actions, oldInputs.actions)) {
			cloud.documents.remove(collection, id);
		}
		const changed = withTags({
			...inputs,
			priority: inputs.priority ?? outputs.priority,
			arn: id,
		});
		apply(id, changed, cloud);
		return withLiveWeights(id, changed, cloud);
	},
	async delete(id, _outputs, cloud) {
		cloud.documents.remove(collection, id);
		balancingOf(cloud).removeRule(id);
	},
	async revive(id, outputs, cloud) {
		apply(id, outputs, cloud);
	},
	async suspend(id, _outputs, cloud) {
		balancingOf(cloud).removeRule(id);
	},
};

/** Moves a rule's traffic, as the ECS deployment controller does: remembered, and in force with the next request. */
export function shiftRule(
	cloud: Cloud,
	arn: string,
	groups: readonly WeightedGroup[],
): void {
	balancingOf(cloud).shift(arn, groups);
	cloud.documents.put(collection, arn, groups);
}

function apply(arn: string, outputs: Properties, cloud: Cloud): void {
	const { listenerArn, priority, conditions, actions } = schema.parse(outputs);
	const groups = cloud.documents.get<readonly WeightedGroup[]>(collection, arn);
	balancingOf(cloud).setRule(listenerArn, {
		arn,
		priority: priority ?? 1,
		conditions,
		action: groups ? { type: "forward", groups } : actions,
	});
}

function withLiveWeights(
	arn: string,
	outputs: Properties,
	cloud: Cloud,
): Properties {
	const groups = cloud.documents.get<readonly WeightedGroup[]>(collection, arn);
	return groups
		? {
				...outputs,
				actions: [
					{
						type: "forward",
						order: 1,
						forward: {
							targetGroups: groups.map(({ arn, weight }) => ({ arn, weight })),
						},
					},
				],
			}
		: outputs;
}
