import type { NetworkSettings } from "@trusted-login/settings";

/** One subnet to be declared; `number` counts from 1, as its name does. */
export interface PlannedSubnet {
	readonly number: number;
	readonly cidr: string;
	readonly zone: string;
}

/** A private subnet's way out: the number of the public subnet whose NAT gateway it uses. */
export interface PlannedEgress {
	readonly subnet: number;
	readonly gateway: number;
}

/** Pairs each CIDR with the zone of the same position. */
export function planSubnets(
	cidrs: readonly string[],
	zones: readonly string[],
): PlannedSubnet[] {
	return cidrs.map((cidr, index) => {
		const zone = zones[index];
		if (zone === undefined) {
			throw new RangeError(
				`subnet ${cidr}: expected one of ${zones.length} zones, got position ${index + 1}`,
			);
		}
		return { number: index + 1, cidr, zone };
	});
}

/** The NAT gateways to be declared, by the number of their public subnet. */
export function planNatGateways(
	mode: NetworkSettings["natGateways"],
	publicSubnets: readonly PlannedSubnet[],
): number[] {
	if (mode === "none") return [];
	const numbers = publicSubnets.map(({ number }) => number);
	return mode === "one" ? numbers.slice(0, 1) : numbers;
}

/** Sends each private subnet through the gateway of its own zone, or through the only one. */
export function planEgress(
	gateways: readonly number[],
	privateSubnets: readonly PlannedSubnet[],
): PlannedEgress[] {
	const [first] = gateways;
	if (first === undefined) return [];
	return privateSubnets.map(({ number }) => ({
		subnet: number,
		gateway: gateways.includes(number) ? number : first,
	}));
}
