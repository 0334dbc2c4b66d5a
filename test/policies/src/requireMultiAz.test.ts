import { requireMultiAz } from "../../../policies/src/requireMultiAz.ts";
import { instance } from "../fixtures.ts";
import type { Judged } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const subnets = ["subnet-a", "subnet-b"];
const subnetGroup: Judged = {
	type: "aws:rds/subnetGroup:SubnetGroup",
	props: { subnetIds: subnets },
};
const loadBalancer: Judged = {
	type: "aws:lb/loadBalancer:LoadBalancer",
	props: { subnets },
};
const service: Judged = {
	type: "aws:ecs/service:Service",
	props: { networkConfiguration: { subnets } },
};
const one = (path: string) =>
	`expected ${path} of two subnets at least, got a list of 1; name a subnet of each of two availability zones`;

describe("requireMultiAz", () => {
	testRule({
		policy: requireMultiAz,
		compliant: {
			instance,
			subnetGroup,
			loadBalancer,
			service,
			"a replica in one zone": change(
				change(instance, ["multiAz"], false),
				["replicateSourceDb"],
				"source",
			),
			"a load balancer with addresses of its own": {
				...loadBalancer,
				props: {
					subnetMappings: [{ subnetId: "subnet-a" }, { subnetId: "subnet-b" }],
				},
			},
		},
		broken: [
			[
				"an instance in one zone",
				"instance",
				["multiAz"],
				false,
				"expected multiAz true, got false; set multiAz: true",
			],
			[
				"a database's only subnet",
				"subnetGroup",
				["subnetIds"],
				["subnet-a"],
				one("subnetIds"),
			],
			[
				"a load balancer's only subnet",
				"loadBalancer",
				["subnets"],
				["subnet-a"],
				one("subnets"),
			],
			[
				"a service's only subnet",
				"service",
				["networkConfiguration", "subnets"],
				["subnet-a"],
				one("networkConfiguration.subnets"),
			],
		],
		needed: [
			["instance", ["multiAz"]],
			["subnetGroup", ["subnetIds"]],
			["loadBalancer", ["subnets"]],
			["service", ["networkConfiguration"]],
			["service", ["networkConfiguration", "subnets"]],
		],
	});
});
