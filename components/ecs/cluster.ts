import { Cluster as EcsCluster } from "@pulumi/aws/ecs/cluster.js";
import * as pulumi from "@pulumi/pulumi";

/** The ECS cluster of all services and jobs, with Container Insights on. */
export class Cluster extends pulumi.ComponentResource {
	readonly arn: pulumi.Output<string>;
	readonly clusterName: pulumi.Output<string>;

	constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
		super("trusted-login:ecs:Cluster", name, {}, opts);

		const cluster = new EcsCluster(
			name,
			{
				name,
				settings: [{ name: "containerInsights", value: "enabled" }],
				tags: { Name: name },
			},
			{ parent: this },
		);

		this.arn = cluster.arn;
		this.clusterName = cluster.name;
		this.registerOutputs({ arn: this.arn, clusterName: this.clusterName });
	}
}
