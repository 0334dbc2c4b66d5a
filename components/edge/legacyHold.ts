import { ListenerRule } from "@pulumi/aws/lb/listenerRule.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { TargetGroupAttachment } from "@pulumi/aws/lb/targetGroupAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import type { StackSettings } from "@trusted-login/settings";
import { targetGroupName } from "../naming.ts";

/** What goes to the legacy system. */
export interface LegacyHoldArgs {
	readonly vpcId: pulumi.Input<string>;
	readonly listenerArn: pulumi.Input<string>;
	/**
	 * Addresses, domains and the phase. Before phase live everyone is held; in it only operators who ask by header. The
	 * step into live is the cutover, the step back is the rollback of the traffic; both take effect within seconds.
	 */
	readonly settings: Pick<StackSettings, "edge" | "legacy" | "phase">;
	/** What has to succeed before the rules change: the final sync on the way into live, nothing on the way back. */
	readonly after: pulumi.Resource | undefined;
}

interface LegacyTarget {
	readonly part: "frontend" | "api";
	readonly domain: string;
	readonly host: string;
	readonly port: number;
	readonly healthPath: string;
	/** Lower than the services' own: the lowest number wins. */
	readonly priority: number;
}

/** The header by which an operator reaches the legacy system after the cutover. */
const TARGET_HEADER = "X-Cutover-Target";

/** Listener rules in front of the services' own: while they hold everyone, all traffic stays on the legacy system. */
export class LegacyHold extends pulumi.ComponentResource {
	/** Known once the rules stand as the phase wants them. */
	readonly settled: pulumi.Output<unknown>;

	constructor(
		name: string,
		args: LegacyHoldArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		const { phase } = args.settings;
		super("trusted-login:edge:LegacyHold", name, { phase }, opts);

		const scope = scopeConditions(args.settings);
		const rules = legacyTargets(args.settings).map((target) => {
			const targetName = targetGroupName(name, target.part);
			const targetGroup = createLegacyTarget(
				targetName,
				target,
				args.vpcId,
				this,
			);
			return new ListenerRule(
				targetName,
				{
					listenerArn: args.listenerArn,
					priority: target.priority,
					conditions: [{ hostHeader: { values: [target.domain] } }, ...scope],
					actions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
					tags: { Name: targetName },
				},
				{ parent: this, ...(args.after ? { dependsOn: args.after } : {}) },
			);
		});
		this.settled = pulumi.all(rules.map((rule) => rule.arn));
		this.registerOutputs({});
	}
}

function legacyTargets({
	edge,
	legacy,
}: LegacyHoldArgs["settings"]): LegacyTarget[] {
	return [
		{
			part: "frontend",
			...legacy.frontend,
			domain: edge.frontendDomain,
			healthPath: "/",
			priority: 10,
		},
		{
			part: "api",
			...legacy.api,
			domain: edge.apiDomain,
			healthPath: "/health",
			priority: 11,
		},
	];
}

function createLegacyTarget(
	name: string,
	target: LegacyTarget,
	vpcId: pulumi.Input<string>,
	parent: LegacyHold,
): TargetGroup {
	const targetGroup = new TargetGroup(
		name,
		{
			name,
			vpcId,
			targetType: "ip",
			protocol: "HTTP",
			port: target.port,
			healthCheck: { path: target.healthPath, matcher: "200-399" },
			tags: { Name: name },
		},
		{ parent },
	);
	new TargetGroupAttachment(
		name,
		{
			targetGroupArn: targetGroup.arn,
			targetId: target.host,
			port: target.port,
			// The address lies outside the VPC: without this the ALB looks for it inside.
			availabilityZone: "all",
		},
		{ parent },
	);
	return targetGroup;
}

function scopeConditions({ phase, edge }: LegacyHoldArgs["settings"]) {
	return phase !== "live"
		? []
		: [
				{
					httpHeader: { httpHeaderName: TARGET_HEADER, values: ["legacy"] },
				},
				{ sourceIp: { values: edge.operatorCidrs } },
			];
}
