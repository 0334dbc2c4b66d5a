import { acmHandlers } from "./acm/handlers.ts";
import { ec2Handlers } from "./ec2/handlers.ts";
import { ecrHandlers } from "./ecr/handlers.ts";
import { ecsHandlers } from "./ecs/handlers.ts";
import { elbHandlers } from "./elb/handlers.ts";
import type { ResourceHandler } from "./handler.ts";
import { iamHandlers } from "./iam/handlers.ts";
import { logsHandlers } from "./logs/handlers.ts";
import { rdsHandlers } from "./rds/handlers.ts";
import { s3Handlers } from "./s3/handlers.ts";
import { secretsManagerHandlers } from "./secretsmanager/handlers.ts";

/** Every resource type of the laptop cloud, by type token. */
export const handlers: Readonly<Record<string, ResourceHandler>> = {
	...acmHandlers,
	...ec2Handlers,
	...ecrHandlers,
	...ecsHandlers,
	...elbHandlers,
	...iamHandlers,
	...logsHandlers,
	...rdsHandlers,
	...s3Handlers,
	...secretsManagerHandlers,
};
