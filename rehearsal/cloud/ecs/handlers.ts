import type { ApiAction } from "../apiError.ts";
import type { ResourceHandler } from "../handler.ts";
import { ecsActions } from "./api.ts";
import { clusterHandler, clusterType } from "./cluster.ts";
import { serviceHandler } from "./service.ts";
import { taskDefinitionHandler } from "./taskDefinition.ts";

/** The resource types of Elastic Container Service that the laptop cloud serves, by type token. */
export const ecsHandlers: Readonly<Record<string, ResourceHandler>> = {
	[clusterType]: clusterHandler,
	"aws:ecs/taskDefinition:TaskDefinition": taskDefinitionHandler,
	"aws:ecs/service:Service": serviceHandler,
};

/** The ECS actions of the AWS API, by the part of `X-Amz-Target` behind the dot. */
export const ecsApi: Readonly<Record<string, ApiAction>> = ecsActions;
