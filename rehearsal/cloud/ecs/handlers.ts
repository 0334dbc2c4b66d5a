import type { ResourceHandler } from "../handler.ts";
import { type ApiAction, ecsActions } from "./api.ts";

/** The resource types of Elastic Container Service that the laptop cloud serves, by type token. */
export const ecsHandlers: Readonly<Record<string, ResourceHandler>> = {};

/** The ECS actions of the AWS API, by the part of `X-Amz-Target` behind the dot. */
export const ecsApi: Readonly<Record<string, ApiAction>> = ecsActions;
