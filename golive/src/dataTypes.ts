/**
 * Types of resources that hold what cannot be made again. golive.yaml can add to them (`destruction.dataTypes`), not take any
 * away. `*` stands for a version, or whatever else stands in its place.
 */
export const dataTypes: readonly string[] = [
	"aws:rds/instance:Instance",
	"aws:rds/cluster:Cluster",
	"aws:rds/globalCluster:GlobalCluster",
	"aws:rds/snapshot:Snapshot",
	"aws:rds/clusterSnapshot:ClusterSnapshot",
	"aws:s3/bucket:Bucket",
	"aws:s3/bucketV2:BucketV2",
	"aws:secretsmanager/secret:Secret",
	"aws:efs/fileSystem:FileSystem",
	"aws:ebs/volume:Volume",
	"aws:dynamodb/table:Table",
	"aws:backup/vault:Vault",
	// Whatever was encrypted with a key goes with it.
	"aws:kms/key:Key",
	// The images that a rollback needs.
	"aws:ecr/repository:Repository",
	"kubernetes:core/*:PersistentVolumeClaim",
	"kubernetes:core/*:PersistentVolume",
	"kubernetes:core/*:Secret",
	// Everything inside goes with it.
	"kubernetes:core/*:Namespace",
	"kubernetes:apps/*:StatefulSet",
];

/** Whether a type is one of these patterns. */
export function matchesType(
	type: string,
	patterns: readonly string[] = dataTypes,
): boolean {
	return patterns.some((pattern) => {
		const parts = pattern
			.split("*")
			.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
		return new RegExp(`^${parts.join("[^:]+")}$`).test(type);
	});
}
