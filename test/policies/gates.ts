import type { ResourceValidationPolicy } from "@pulumi/policy";
import { judgeUpdate, type UpdateAnswer } from "../../golive/src/index.ts";
import type { GateAnswer } from "../../golive/src/read/index.ts";
import type { StackGates } from "../../policies/src/gate.ts";
import {
	dayMs,
	isoOf,
	personOf,
	provenWorld,
	recordOf,
	signOff,
	type World,
} from "../golive/fixture.ts";
import { judge, type Violation } from "./judge.ts";

const windowStart = "2027-06-06T02:00:00.000Z";

/** A cutover of prod inside its window, announced, with everything proven and signed off. */
export function announcedWorld(
	change: (world: World) => void = () => {},
): World {
	const world = provenWorld();
	const at = isoOf(Date.parse(windowStart) - 14 * dayMs);
	world.records.push(
		recordOf(
			{
				type: "notice",
				body: {
					...{ stack: "prod", release: "2.0.0", windowStart },
					groups: ["all_users", "support_team", "management"],
					role: "Project Manager",
					...{ sentAt: at, signedAt: at },
				},
			},
			personOf("Project Manager"),
		),
	);
	change(world);
	return signOff(world);
}

/** What a gate found in a world. */
export function gateIn(
	world: World,
	changes: Partial<GateAnswer> = {},
): GateAnswer {
	const answer: UpdateAnswer = judgeUpdate({ ...world, phase: "live" });
	const { stack, gate, release } = world.context;
	return {
		...{ stack, gate, release, answer },
		isAdvisory: false,
		isUnasked: false,
		problems: answer.problems,
		...changes,
	};
}

/** What a rule says about the stack's own resource. */
export async function judgeGate(
	rule: (gates: StackGates) => ResourceValidationPolicy,
	found: GateAnswer | undefined,
	config: object = {},
	type = "pulumi:pulumi:Stack",
): Promise<Violation[]> {
	const stack = { type, name: "trusted-login-prod", props: {} };
	return judge(
		rule(async () => found),
		stack,
		{ ...config },
	);
}
