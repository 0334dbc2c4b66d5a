import * as pulumi from "@pulumi/pulumi";
import type { ReportSettings } from "@trusted-login/settings";
import type { Statement } from "../ecs/taskRoles.ts";
import { createPrivateBucket } from "./privateBucket.ts";

const ownPrefix = "reports";

/** Where the migration jobs keep their reports: a bucket of the stack's own, or one that the settings name. */
export class JobReports extends pulumi.ComponentResource {
	/** `s3://bucket/prefix`, as the jobs take it. */
	readonly address: pulumi.Output<string>;
	/** What a job needs that writes reports. It reads and deletes none. */
	readonly access: readonly Statement[];

	/** @param args Another address leaves the reports of earlier jobs where they are, and runs the jobs again. */
	constructor(
		name: string,
		args: ReportSettings,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("trusted-login:storage:JobReports", name, args, opts);

		const { objects, objectsArn } =
			args.address === undefined
				? this.#ownBucket(name, args)
				: namedBucket(args.address);

		this.address = pulumi.interpolate`s3://${objects}`;
		this.access = [
			{
				actions: ["s3:PutObject"],
				resources: [pulumi.interpolate`${objectsArn}/*`],
			},
		];
		this.registerOutputs({ address: this.address });
	}

	#ownBucket(name: string, args: ReportSettings): Objects {
		const bucket = createPrivateBucket(name, args, this);
		return {
			objects: pulumi.interpolate`${bucket.bucket}/${ownPrefix}`,
			objectsArn: pulumi.interpolate`${bucket.arn}/${ownPrefix}`,
		};
	}
}

/** A bucket and a prefix, and the same as ARN. */
interface Objects {
	readonly objects: pulumi.Input<string>;
	readonly objectsArn: pulumi.Input<string>;
}

function namedBucket(address: string): Objects {
	const objects = address.slice("s3://".length);
	return { objects, objectsArn: `arn:aws:s3:::${objects}` };
}
