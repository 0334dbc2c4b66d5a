import type { Scenario } from "../scenario.ts";
import { makeWorkflow } from "../workflow.ts";

/** A user finds a workflow in the list and renames it. */
export const management: Scenario = {
	name: "management",
	title: "A user renames a workflow",
	signedIn: true,
	async run(walk) {
		const { routes, selectors } = walk.config;
		const name = await makeWorkflow(walk, "management");
		const renamed = `${name} renamed`;
		await walk.step("find it in the list", async () => {
			await walk.open(routes.workflows);
			await walk.see(selectors.workflowList, { text: name });
		});
		await walk.step("edit it", async () => {
			// The innermost part of the list with both its name and a button: its row, whatever the list is made of.
			const row = walk.page
				.locator(`${selectors.workflowList} *`)
				.filter({ has: walk.page.locator(selectors.editWorkflow) })
				.filter({ hasText: name })
				.last();
			await walk.press(
				row.locator(selectors.editWorkflow),
				`${selectors.editWorkflow} of “${name}”`,
			);
			await walk.see(selectors.workflowName);
		});
		await walk.step("give it another name", async () => {
			await walk.fill(selectors.workflowName, renamed);
			await walk.press(selectors.saveWorkflow);
			await walk.see(selectors.workflowUpdated);
		});
		await walk.step("find the new name after a reload", async () => {
			await walk.open(routes.workflows);
			await walk.see(selectors.workflowList, { text: renamed });
		});
	},
};
