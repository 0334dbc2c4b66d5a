import { Command } from "@pulumi/command/local/command.js";
import type * as pulumi from "@pulumi/pulumi";

interface ReleaseCheckArgs {
	readonly kind: "frontend" | "backend";
	readonly clusterName: pulumi.Input<string>;
	readonly taskDefinitionArn: pulumi.Input<string>;
	/** Where the test listener answers. */
	readonly smokeUrl: pulumi.Input<string>;
	readonly domain: string;
	readonly caFile: string | undefined;
	/** How long ECS pauses for the smoke check. */
	readonly timeoutMinutes: number;
	/** What makes ECS deploy beside a new task definition. */
	readonly deploysWith: readonly pulumi.Input<unknown>[];
	readonly after: readonly pulumi.Resource[];
}

/** The verdict on a release, in two commands around the service. */
export interface ReleaseCheck {
	/** Declares the command that fails the update unless the wanted revision is the live one. */
	verifyAfter(service: pulumi.Resource): Command;
}

const RELEASE = ["node", "cutover/bin/cutover.mjs", "release"];

/**
 * Declares the command that runs beside the service: it waits for ECS to pause, smoke-tests the idle colour, and
 * answers continue or roll back. It must not wait for the service, which waits for its answer; for the same reason an
 * update must not run with `--parallel 1`.
 */
export function createReleaseCheck(
	name: string,
	args: ReleaseCheckArgs,
	parent: pulumi.Resource,
): ReleaseCheck {
	const triggers = [args.taskDefinitionArn, ...args.deploysWith];
	const environment = {
		CUTOVER_CLUSTER: args.clusterName,
		CUTOVER_SERVICE: name,
		CUTOVER_TASK_DEFINITION: args.taskDefinitionArn,
		CUTOVER_TIMEOUT_SECONDS: String(args.timeoutMinutes * 60),
	};
	new Command(
		`${name}-watch`,
		{
			interpreter: RELEASE,
			create: "watch",
			environment: {
				...environment,
				CUTOVER_SMOKE_URL: args.smokeUrl,
				CUTOVER_SMOKE_HOST: args.domain,
				CUTOVER_SMOKE_KIND: args.kind,
				...(args.caFile === undefined ? {} : { CUTOVER_CA_FILE: args.caFile }),
			},
			triggers,
		},
		{ parent, dependsOn: [...args.after] },
	);
	return {
		verifyAfter: (service) =>
			new Command(
				`${name}-verify`,
				{ interpreter: RELEASE, create: "verify", environment, triggers },
				{ parent, dependsOn: service },
			),
	};
}
