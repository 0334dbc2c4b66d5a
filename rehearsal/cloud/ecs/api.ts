import type { ApiAction } from "../apiError.ts";
import { serviceActions } from "./serviceActions.ts";
import { taskActions } from "./taskActions.ts";

/** What the laptop cloud answers of ECS's API. */
export const ecsActions: Readonly<Record<string, ApiAction>> = {
	...taskActions,
	...serviceActions,
};
