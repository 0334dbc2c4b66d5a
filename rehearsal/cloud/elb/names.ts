import { randomBytes } from "node:crypto";
import type { Cloud } from "../handler.ts";

export const loadBalancerType = "aws:lb/loadBalancer:LoadBalancer";
export const targetGroupType = "aws:lb/targetGroup:TargetGroup";

/** An ARN of Elastic Load Balancing, ending in an id of its own. */
export function elbArn(cloud: Cloud, path: string): string {
	return `arn:aws:elasticloadbalancing:${cloud.region}:${cloud.accountId}:${path}/${newId()}`;
}

export function newId(): string {
	return randomBytes(8).toString("hex");
}

/** `app/name/0123` of a load balancer's ARN: what CloudWatch and listener ARNs are named by. */
export function arnSuffix(arn: string): string {
	return arn.replace(/^.*?:(loadbalancer\/)?(?=(app|targetgroup)\/)/, "");
}
