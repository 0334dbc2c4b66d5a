import type { Scenario } from "../scenario.ts";
import { noteWorkflow } from "../workflow.ts";

/** A user makes a workflow of one step. */
export const workflowCreation: Scenario = {
	name: "workflow-creation",
	title: "A user makes a workflow",
	signedIn: true,
	async run(walk) {
		const { routes, selectors, values } = walk.config;
		const name = noteWorkflow(walk, "creation");
		await walk.step("begin a new workflow", async () => {
			await walk.open(routes.newWorkflow);
			await walk.press(selectors.newWorkflow);
			await walk.see(selectors.workflowName);
		});
		await walk.step("name it", () => walk.fill(selectors.workflowName, name));
		await walk.step("add a step", async () => {
			await walk.press(selectors.addStep);
			await walk.see(selectors.stepType);
			await walk.choose(selectors.stepType, values.stepType);
		});
		await walk.step("save it", async () => {
			await walk.press(selectors.saveWorkflow);
			await walk.see(selectors.workflowSaved);
		});
		await walk.step("find it in the list after a reload", async () => {
			await walk.open(routes.workflows);
			await walk.see(selectors.workflowItem, { text: name });
		});
	},
};
