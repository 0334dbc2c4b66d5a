import type { ResourceHandler } from "../handler.ts";
import { listenerHandler } from "./listenerResource.ts";
import { listenerRuleHandler } from "./listenerRule.ts";
import { loadBalancerHandler } from "./loadBalancer.ts";
import { loadBalancerType, targetGroupType } from "./names.ts";
import {
	targetGroupAttachmentHandler,
	targetGroupHandler,
} from "./targetGroupResource.ts";

/** The resource types of Elastic Load Balancing that the laptop cloud serves, by type token. */
export const elbHandlers: Readonly<Record<string, ResourceHandler>> = {
	[loadBalancerType]: loadBalancerHandler,
	[targetGroupType]: targetGroupHandler,
	"aws:lb/targetGroupAttachment:TargetGroupAttachment":
		targetGroupAttachmentHandler,
	"aws:lb/listener:Listener": listenerHandler,
	"aws:lb/listenerRule:ListenerRule": listenerRuleHandler,
};
