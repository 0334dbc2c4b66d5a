import type { Scenario } from "../scenario.ts";
import { makeWorkflow } from "../workflow.ts";

/** A user executes a workflow: one of our own, never somebody's. */
export const execution: Scenario = {
	name: "execution",
	title: "A user executes a workflow",
	signedIn: true,
	async run(walk) {
		const { routes, selectors, values } = walk.config;
		const name = await makeWorkflow(walk, "execution");
		await walk.step("choose the workflow", async () => {
			await walk.open(routes.workflows);
			await walk.press(
				walk.page.locator(selectors.workflowItem).filter({ hasText: name }),
				`${selectors.workflowItem} “${name}”`,
			);
			await walk.see(selectors.executeWorkflow);
		});
		await walk.step("ask for the execution", async () => {
			await walk.press(selectors.executeWorkflow);
			await walk.see(selectors.confirmExecute);
		});
		await walk.step("confirm, and see it done", async () => {
			await walk.press(selectors.confirmExecute);
			await walk.see(selectors.executionStatus, {
				text: new RegExp(values.executionDone, "i"),
			});
		});
	},
};
