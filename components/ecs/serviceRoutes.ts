import { ListenerRule } from "@pulumi/aws/lb/listenerRule.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import { type Colour, targetGroupName } from "../naming.ts";

interface ServiceRouteArgs {
	readonly vpcId: pulumi.Input<string>;
	readonly productionListenerArn: pulumi.Input<string>;
	readonly testListenerArn: pulumi.Input<string>;
	readonly domain: string;
	readonly priority: number;
	readonly port: number;
	readonly healthPath: string;
}

/** Two target groups and the rules whose weights ECS shifts between them. */
export interface ServiceRoutes {
	readonly blue: TargetGroup;
	readonly green: TargetGroup;
	readonly production: ListenerRule;
	readonly test: ListenerRule;
}

/** Declares the pair of target groups and one rule on each listener. */
export function createServiceRoutes(
	name: string,
	args: ServiceRouteArgs,
	parent: pulumi.Resource,
): ServiceRoutes {
	const blue = createTargetGroup(name, "blue", args, parent);
	const green = createTargetGroup(name, "green", args, parent);
	const rule = (role: string, listenerArn: pulumi.Input<string>) =>
		new ListenerRule(
			`${name}-${role}`,
			{
				listenerArn,
				priority: args.priority,
				conditions: [{ hostHeader: { values: [args.domain] } }],
				actions: [
					{
						type: "forward",
						forward: {
							targetGroups: [
								{ arn: blue.arn, weight: 100 },
								{ arn: green.arn, weight: 0 },
							],
						},
					},
				],
				tags: { Name: `${name}-${role}` },
			},
			// ECS shifts the weights; setting them back here would send users to the colour that was retired.
			{ parent, ignoreChanges: ["actions"] },
		);
	return {
		blue,
		green,
		production: rule("production", args.productionListenerArn),
		test: rule("test", args.testListenerArn),
	};
}

function createTargetGroup(
	name: string,
	colour: Colour,
	args: ServiceRouteArgs,
	parent: pulumi.Resource,
): TargetGroup {
	return new TargetGroup(
		`${name}-${colour}`,
		{
			name: targetGroupName(name, colour),
			vpcId: args.vpcId,
			targetType: "ip",
			protocol: "HTTP",
			port: args.port,
			deregistrationDelay: 30,
			healthCheck: {
				path: args.healthPath,
				matcher: "200",
				interval: 10,
				timeout: 5,
				healthyThreshold: 2,
				unhealthyThreshold: 3,
			},
			tags: { Name: `${name}-${colour}` },
		},
		{ parent },
	);
}
