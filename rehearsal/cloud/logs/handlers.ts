import { existsSync, mkdirSync, rmSync } from "node:fs";
import type { ResourceHandler } from "../handler.ts";
import { arn } from "../naming.ts";
import { stringOf } from "../properties.ts";
import { echo, withTags } from "../remember.ts";
import { logGroupFolder } from "./files.ts";

export const logGroupType = "aws:cloudwatch/logGroup:LogGroup";

const defaults = {
	retentionInDays: 0,
	skipDestroy: false,
	logGroupClass: "STANDARD",
	deletionProtectionEnabled: false,
};

const retentions = [
	0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827,
	2192, 2557, 2922, 3288, 3653,
];

/** A log group is a folder; retention is remembered, nothing is thrown away. */
const logGroup: ResourceHandler = {
	replaceOn: ["name", "namePrefix", "logGroupClass"],
	check: ({ retentionInDays: days }) =>
		typeof days !== "number" || retentions.includes(days)
			? []
			: [
					{
						property: "retentionInDays",
						reason: `expected one of ${retentions.join(", ")}, got ${days}`,
					},
				],
	async create({ inputs, autoName }, cloud) {
		const name = stringOf(inputs, "name") ?? autoName();
		if (cloud.resources.get(logGroupType, name) !== undefined)
			throw new Error(
				`ResourceAlreadyExistsException: the log group '${name}' already exists`,
			);
		mkdirSync(logGroupFolder(cloud.root, name), { recursive: true });
		return {
			id: name,
			outputs: withTags({
				...defaults,
				...inputs,
				name,
				arn: arn("logs", `log-group:${name}`),
			}),
		};
	},
	async read(id, _outputs, cloud) {
		return existsSync(logGroupFolder(cloud.root, id))
			? cloud.resources.get(logGroupType, id)?.outputs
			: undefined;
	},
	async update({ inputs, oldInputs, outputs }) {
		return echo(outputs, oldInputs, inputs, defaults);
	},
	async delete(id, outputs, cloud) {
		if (outputs.skipDestroy === true) return;
		rmSync(logGroupFolder(cloud.root, id), { recursive: true, force: true });
	},
};

export const logsHandlers: Readonly<Record<string, ResourceHandler>> = {
	[logGroupType]: logGroup,
};
