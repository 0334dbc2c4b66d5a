import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
	planEgress,
	planNatGateways,
	planSubnets,
} from "../../../components/network/subnets.ts";

const plan = (count: number) =>
	planSubnets(
		Array.from({ length: count }, (_, index) => `10.0.${index}.0/24`),
		Array.from({ length: count }, (_, index) => `zone-${index}`),
	);

describe("planSubnets", () => {
	it("gives each range the zone of its position", () => {
		assert.deepEqual(planSubnets(["10.0.1.0/24", "10.0.2.0/24"], ["a", "b"]), [
			{ number: 1, cidr: "10.0.1.0/24", zone: "a" },
			{ number: 2, cidr: "10.0.2.0/24", zone: "b" },
		]);
	});

	it("refuses a range without a zone", () => {
		assert.throws(() => planSubnets(["10.0.1.0/24", "10.0.2.0/24"], ["a"]), {
			message: "subnet 10.0.2.0/24: expected one of 1 zones, got position 2",
		});
	});
});

describe("planEgress", () => {
	const modes = fc.constantFrom("one" as const, "perZone" as const);

	it("gives every private subnet exactly one way out, through a gateway there is", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 6 }), modes, (zones, mode) => {
				const gateways = planNatGateways(mode, plan(zones));
				const egress = planEgress(gateways, plan(zones));
				assert.deepEqual(
					egress.map(({ subnet }) => subnet),
					plan(zones).map(({ number }) => number),
				);
				assert.ok(egress.every(({ gateway }) => gateways.includes(gateway)));
			}),
		);
	});

	it("keeps each zone to itself with a gateway per zone", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 6 }), (zones) => {
				const egress = planEgress(
					planNatGateways("perZone", plan(zones)),
					plan(zones),
				);
				assert.ok(egress.every(({ subnet, gateway }) => subnet === gateway));
			}),
		);
	});

	it("has one gateway, or none, as told", () => {
		assert.deepEqual(planNatGateways("one", plan(3)), [1]);
		assert.deepEqual(planNatGateways("none", plan(3)), []);
		assert.deepEqual(planEgress([], plan(3)), []);
	});
});
