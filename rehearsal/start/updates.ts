/** The updates that carry the legacy system to the new one, in order, and which of them a stack still needs. */

export type Phase = "provision" | "backfill" | "live";

export interface Images {
	readonly frontend: string;
	readonly backend: string;
	readonly cutover: string;
}

export interface Update {
	readonly name: string;
	/** What a reader of the progress sees. */
	readonly title: string;
	readonly phase: Phase;
	/** Share of the asked-for load while it runs: bulk work gets most of a small machine, the switch gets all the load. */
	readonly loadShare: number;
	/** Image tags; none while the new system is only provisioned. */
	readonly images?: Images;
}

export const firstRelease = "1.0.0";
export const secondRelease = "2.0.0";

const first: Images = {
	frontend: firstRelease,
	backend: firstRelease,
	cutover: firstRelease,
};
const second: Images = {
	...first,
	frontend: secondRelease,
	backend: secondRelease,
};

export const updates: readonly Update[] = [
	{
		name: "provision",
		title: "Provision the new system, idle",
		phase: "provision",
		loadShare: 0,
	},
	{
		name: "backfill",
		title: "Convert the data and start the new version beside the old",
		phase: "backfill",
		loadShare: 0.25,
		images: first,
	},
	{
		name: "cutover",
		title: "Fence, final sync, validate, switch the traffic",
		phase: "live",
		loadShare: 0.5,
		images: first,
	},
	{
		name: "release",
		title: `Send release ${secondRelease} out blue-green`,
		phase: "live",
		loadShare: 1,
		images: second,
	},
];

/** What the stack's outputs say about where it stands. */
export interface StackState {
	readonly phase: Phase;
	/** Image tags that its services run, as the stack was last asked for. */
	readonly images?: Images;
}

/**
 * The updates still to do. The last one is always among them: it is the stack file as committed, and an update that
 * changes nothing is how we know that nothing is left to do. A stack with images that no update names begins with the
 * last update of its phase: never with an earlier phase, which would take the traffic back.
 */
export function remainingUpdates(
	state: StackState | undefined,
): readonly Update[] {
	if (state === undefined) return updates;
	const reached = updates.findIndex((update) => describes(update, state));
	const next =
		reached >= 0
			? reached + 1
			: updates.findLastIndex((update) => update.phase === state.phase);
	return updates.slice(Math.min(next, updates.length - 1));
}

/** Whether the stack is where the last update brings it. */
export function isFinished(state: StackState | undefined): boolean {
	const last = updates.at(-1);
	return state !== undefined && last !== undefined && describes(last, state);
}

function describes(update: Update, state: StackState): boolean {
	if (update.phase !== state.phase) return false;
	return (
		update.images?.frontend === state.images?.frontend &&
		update.images?.backend === state.images?.backend &&
		update.images?.cutover === state.images?.cutover
	);
}
