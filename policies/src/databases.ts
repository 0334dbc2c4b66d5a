import { notYetKnown } from "./inputs.ts";
import type { RuleResource } from "./rule.ts";

export const instanceType = "aws:rds/instance:Instance";
export const clusterType = "aws:rds/cluster:Cluster";
export const clusterInstanceType = "aws:rds/clusterInstance:ClusterInstance";

/** What holds data of its own: an instance, or the cluster of an Aurora. */
export const databaseTypes = [instanceType, clusterType];

/** A copy of another database has that one's backups and stand-by. */
export function isReplica(resource: RuleResource): boolean {
	const source = resource.input(
		resource.type === clusterType
			? "replicationSourceIdentifier"
			: "replicateSourceDb",
	);
	return (
		source === notYetKnown || (typeof source === "string" && source !== "")
	);
}
