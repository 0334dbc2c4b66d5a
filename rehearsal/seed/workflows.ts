import { randomOf } from "./random.ts";
import { timeText } from "./users.ts";

/** A row of workflows, without its id: ids are given in the order of the owners. */
export interface LegacyWorkflow {
	readonly name: string;
	readonly description: string | null;
	readonly isActive: boolean;
	readonly createdAt: string;
	readonly updatedAt: string | null;
	readonly steps: readonly LegacyStep[];
}

/** A row of workflow_steps; `config` is JSON in a text column, and once in a while it is not. */
export interface LegacyStep {
	readonly type: string;
	readonly config: string | null;
}

/** One owner in this many has a step whose config is no JSON; the step stays behind. */
export const brokenConfigPeriod = 1000;
const brokenConfigSlot = 300;

const verbs = ["Check", "Capture", "Watch", "Compare", "Archive"] as const;
const things = [
	"the login page",
	"the daily report",
	"the order desk",
	"the status board",
	"the invoice inbox",
] as const;

/** The workflows of a legacy user: none or one, about as often. */
export function workflowsOf(seed: number, userId: number): LegacyWorkflow[] {
	const random = randomOf(seed, "workflow", userId);
	if (random.next() >= 0.5 && !hasBrokenConfig(userId)) return [];
	const created = Date.UTC(2022, 0, 1) + random.below(4 * 365 * 86_400) * 1000;
	return [
		{
			name: `${random.pick(verbs)} ${random.pick(things)}`,
			description: random.next() < 0.3 ? null : `Made for user ${userId}`,
			isActive: random.next() < 0.8,
			createdAt: timeText(created),
			updatedAt:
				random.next() < 0.5
					? null
					: timeText(created + random.below(86_400_000)),
			steps: [
				{
					type: "screenshot",
					config: hasBrokenConfig(userId)
						? "{region: full"
						: '{"region": "full"}',
				},
				{ type: "wait", config: `{"seconds": ${1 + random.below(5)}}` },
			],
		},
	];
}

export function hasBrokenConfig(userId: number): boolean {
	return userId % brokenConfigPeriod === brokenConfigSlot;
}
