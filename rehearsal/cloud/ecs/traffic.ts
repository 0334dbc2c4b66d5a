import { balancingOf } from "../elb/balancing.ts";
import { shiftRule } from "../elb/listenerRule.ts";
import type { Cloud } from "../handler.ts";
import { type RuleWeights, revisions, type Service } from "./model.ts";
import type { ServiceInputs } from "./serviceInputs.ts";

/** All traffic of a rule to the target group of a revision. */
export function shiftTo(
	cloud: Cloud,
	ruleArn: string,
	revisionArn: string,
	{ loadBalancer }: ServiceInputs,
): void {
	const chosen = revisions.get(cloud, revisionArn)?.targetGroupArn;
	if (!loadBalancer || !chosen) {
		return;
	}
	const { targetGroupArn, alternateTargetGroupArn } = loadBalancer;
	shiftRule(
		cloud,
		ruleArn,
		[targetGroupArn, alternateTargetGroupArn].map((group) => ({
			arn: group,
			weight: group === chosen ? 100 : 0,
		})),
	);
}

/** The target group that the live revision does not use; the primary one when there is none. */
export function idleTargetGroup(
	cloud: Cloud,
	service: Service,
	{ loadBalancer }: ServiceInputs,
): string | undefined {
	const live = revisions.get(cloud, service.liveRevisionArn ?? "");
	return live?.targetGroupArn === loadBalancer?.targetGroupArn
		? loadBalancer?.alternateTargetGroupArn
		: loadBalancer?.targetGroupArn;
}

export function currentWeights(
	cloud: Cloud,
	{ loadBalancer }: ServiceInputs,
): readonly RuleWeights[] {
	const rules = [
		loadBalancer?.productionListenerRule,
		loadBalancer?.testListenerRule,
	];
	return rules.flatMap((ruleArn) => {
		const action =
			ruleArn === undefined
				? undefined
				: balancingOf(cloud).rule(ruleArn)?.action;
		return ruleArn !== undefined && action?.type === "forward"
			? [{ ruleArn, groups: action.groups }]
			: [];
	});
}
