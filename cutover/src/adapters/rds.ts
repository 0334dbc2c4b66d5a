import { requestLimits } from "@trusted-login/golive/aws";
import type { RdsPort } from "../backup/rds.ts";
import { pollIntervalMs } from "./ecs.ts";
import type { RdsClientConfig } from "./rdsSdk.mjs";

/** RDS by the AWS SDK, with region and credentials of the environment. */
export async function rdsPort(config: RdsClientConfig = {}): Promise<RdsPort> {
	const sdk = await import("./rdsSdk.mjs");
	const client = new sdk.RDSClient({
		requestHandler: requestLimits,
		...config,
	});
	return {
		// Snapshots and restores take minutes.
		pollIntervalMs: pollIntervalMs() * 5,
		async instance(id) {
			const answer = await orNothing(
				client.send(
					new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier: id }),
				),
			);
			const found = answer?.DBInstances?.[0];
			if (found === undefined) return undefined;
			const { Endpoint: endpoint } = found;
			return {
				id,
				status: found.DBInstanceStatus ?? "unknown",
				engineVersion: found.EngineVersion ?? "unknown",
				storageBytes: (found.AllocatedStorage ?? 0) * 1024 ** 3,
				securityGroups: (found.VpcSecurityGroups ?? []).flatMap((group) =>
					group.VpcSecurityGroupId === undefined
						? []
						: [group.VpcSecurityGroupId],
				),
				...(endpoint?.Address !== undefined && {
					address: `${endpoint.Address}:${endpoint.Port ?? 5432}`,
				}),
				...(found.DBName !== undefined && { database: found.DBName }),
				...(found.DBSubnetGroup?.DBSubnetGroupName !== undefined && {
					subnetGroup: found.DBSubnetGroup.DBSubnetGroupName,
				}),
				...(found.LatestRestorableTime !== undefined && {
					restorableUpTo: found.LatestRestorableTime.toISOString(),
				}),
			};
		},
		async createSnapshot(instance, snapshot) {
			await client.send(
				new sdk.CreateDBSnapshotCommand({
					DBInstanceIdentifier: instance,
					DBSnapshotIdentifier: snapshot,
				}),
			);
		},
		async snapshotStatus(snapshot) {
			const answer = await orNothing(
				client.send(
					new sdk.DescribeDBSnapshotsCommand({
						DBSnapshotIdentifier: snapshot,
					}),
				),
			);
			return answer?.DBSnapshots?.[0]?.Status;
		},
		async restoreToTime(source, target, at) {
			await client.send(
				new sdk.RestoreDBInstanceToPointInTimeCommand({
					SourceDBInstanceIdentifier: source.id,
					TargetDBInstanceIdentifier: target,
					...(at === undefined
						? { UseLatestRestorableTime: true }
						: { RestoreTime: at }),
					// Without these the new one lands in the account's default network, with its default rules.
					...(source.subnetGroup !== undefined && {
						DBSubnetGroupName: source.subnetGroup,
					}),
					VpcSecurityGroupIds: [...source.securityGroups],
					PubliclyAccessible: false,
					DeletionProtection: true,
					CopyTagsToSnapshot: true,
				}),
			);
		},
	};
}

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
	try {
		return await asked;
	} catch (error) {
		if (error instanceof Error && /NotFound/.test(error.name)) return undefined;
		throw error;
	}
}
