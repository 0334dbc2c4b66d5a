import type { Walk } from "./scenario.ts";

/** Notes a workflow that is about to be made; answers its name. Later names have to begin with it. */
export function noteWorkflow(walk: Walk, purpose: string): string {
	const name = `UAT ${walk.run} ${purpose}`;
	walk.data.add({
		kind: "workflow",
		key: name,
		byHand: `delete the workflows of ${walk.config.account.email} whose names begin with “${name}”`,
	});
	return name;
}

/** Makes a workflow through the API, for a scenario that needs one; answers its name. */
export function makeWorkflow(walk: Walk, purpose: string): Promise<string> {
	return walk.prepare("a workflow to work with", async () => {
		const name = noteWorkflow(walk, purpose);
		await walk.api.call("POST", walk.config.api.workflows, {
			name,
			steps: [
				{ type: "screenshot", config: { region: "full" } },
				{ type: "wait", config: { seconds: 1 } },
			],
		});
		return name;
	});
}
