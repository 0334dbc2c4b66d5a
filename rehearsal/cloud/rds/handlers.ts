import type { ResourceHandler } from "../handler.ts";
import { parameterGroup, subnetGroup, subnetGroupType } from "./groups.ts";
import { instance, instanceType } from "./instance.ts";
import { parameterGroupType } from "./parameters.ts";

export const rdsHandlers: Readonly<Record<string, ResourceHandler>> = {
	[subnetGroupType]: subnetGroup,
	[parameterGroupType]: parameterGroup,
	[instanceType]: instance,
};
