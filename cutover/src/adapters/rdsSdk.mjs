// Plain JavaScript with declarations of its own (rdsSdk.d.mts): the declarations of the whole client are larger than
// everything else that the type-checker reads for this package.
export {
	CreateDBSnapshotCommand,
	DescribeDBInstancesCommand,
	DescribeDBSnapshotsCommand,
	RDSClient,
	RestoreDBInstanceToPointInTimeCommand,
} from "@aws-sdk/client-rds";
