/** What is used of `@aws-sdk/client-rds`; names and shapes are its own. */

import type { RequestLimits } from "@trusted-login/golive/aws";

/** A command that is answered by an `Answer`. */
interface RdsCommand<Answer> {
	/** Never set: it only ties the answer to the command. */
	readonly answer?: Answer;
}

interface RdsCommandClass<Input, Answer> {
	new (input: Input): RdsCommand<Answer>;
}

export interface RdsClientConfig {
	readonly region?: string;
	readonly credentials?: {
		readonly accessKeyId: string;
		readonly secretAccessKey: string;
	};
	readonly maxAttempts?: number;
	/** How requests are sent; tests send them themselves. */
	readonly requestHandler?:
		| RequestLimits
		| { handle(request: { readonly body?: unknown }): Promise<unknown> };
}

export class RDSClient {
	constructor(config: RdsClientConfig);
	send<Answer>(command: RdsCommand<Answer>): Promise<Answer>;
}

export const DescribeDBInstancesCommand: RdsCommandClass<
	{ readonly DBInstanceIdentifier: string },
	{
		readonly DBInstances?: readonly {
			readonly DBInstanceStatus?: string;
			readonly EngineVersion?: string;
			readonly AllocatedStorage?: number;
			readonly DBName?: string;
			readonly Endpoint?: { readonly Address?: string; readonly Port?: number };
			readonly DBSubnetGroup?: { readonly DBSubnetGroupName?: string };
			readonly VpcSecurityGroups?: readonly {
				readonly VpcSecurityGroupId?: string;
			}[];
			readonly LatestRestorableTime?: Date;
		}[];
	}
>;

export const CreateDBSnapshotCommand: RdsCommandClass<
	{
		readonly DBInstanceIdentifier: string;
		readonly DBSnapshotIdentifier: string;
	},
	unknown
>;

export const DescribeDBSnapshotsCommand: RdsCommandClass<
	{ readonly DBSnapshotIdentifier: string },
	{ readonly DBSnapshots?: readonly { readonly Status?: string }[] }
>;

export const RestoreDBInstanceToPointInTimeCommand: RdsCommandClass<
	{
		readonly SourceDBInstanceIdentifier: string;
		readonly TargetDBInstanceIdentifier: string;
		readonly UseLatestRestorableTime?: boolean;
		readonly RestoreTime?: Date;
		readonly DBSubnetGroupName?: string;
		readonly VpcSecurityGroupIds: string[];
		readonly PubliclyAccessible: boolean;
		readonly DeletionProtection: boolean;
		readonly CopyTagsToSnapshot: boolean;
	},
	unknown
>;
