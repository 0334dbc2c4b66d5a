import { z } from "zod";
import { containsRange, overlaps, parseCidr } from "./cidr.ts";

export const cidr = z.string().refine((text) => parseCidr(text) !== undefined, {
	error: (issue) =>
		`expected an IPv4 network such as 10.0.1.0/24, got ${String(issue.input)}`,
});

/** The VPC: one public and one private subnet in every availability zone. */
export const networkSettings = z
	.strictObject({
		cidr: cidr.default("10.0.0.0/16"),
		publicSubnets: z.array(cidr).default(["10.0.1.0/24", "10.0.2.0/24"]),
		privateSubnets: z.array(cidr).default(["10.0.10.0/24", "10.0.11.0/24"]),
		availabilityZones: z
			.array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/))
			.min(2, "expected at least two zones: ALB and RDS refuse fewer")
			.default(["us-east-1a", "us-east-1b"]),
		/** perZone: losing a zone must not cut the other one off from AWS. */
		natGateways: z.enum(["one", "perZone", "none"]).default("perZone"),
	})
	.superRefine((network, context) => {
		const zones = network.availabilityZones.length;
		if (new Set(network.availabilityZones).size !== zones) {
			context.addIssue({
				code: "custom",
				path: ["availabilityZones"],
				message: "expected distinct zones",
			});
		}
		for (const tier of ["publicSubnets", "privateSubnets"] as const) {
			if (network[tier].length !== zones) {
				context.addIssue({
					code: "custom",
					path: [tier],
					message: `expected one subnet for each of ${zones} zones, got ${network[tier].length}`,
				});
			}
		}
		for (const { path, message } of misplacedSubnets(network)) {
			context.addIssue({ code: "custom", path, message });
		}
	});

export type NetworkSettings = z.infer<typeof networkSettings>;

function misplacedSubnets(network: {
	cidr: string;
	publicSubnets: readonly string[];
	privateSubnets: readonly string[];
}): { path: (string | number)[]; message: string }[] {
	const vpc = parseCidr(network.cidr);
	const subnets = (["publicSubnets", "privateSubnets"] as const).flatMap(
		(tier) =>
			network[tier].flatMap((text, index) => {
				const range = parseCidr(text);
				return range ? [{ path: [tier, index], text, range }] : [];
			}),
	);
	return subnets.flatMap(({ path, text, range }, index) => {
		if (vpc && !containsRange(vpc, range)) {
			return [
				{
					path,
					message: `expected a network inside ${network.cidr}, got ${text}`,
				},
			];
		}
		const other = subnets
			.slice(0, index)
			.find((earlier) => overlaps(earlier.range, range));
		return other ? [{ path, message: `${text} overlaps ${other.text}` }] : [];
	});
}
