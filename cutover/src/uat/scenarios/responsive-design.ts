import type { Scenario } from "../scenario.ts";

/** The pages at every size: the right navigation is there, and nothing has to be moved sideways. */
export const responsiveDesign: Scenario = {
	name: "responsive-design",
	title: "The pages fit desktop, phone and tablet",
	signedIn: true,
	async run(walk) {
		const { routes, viewports } = walk.config;
		for (const { name, width, height, selector } of viewports) {
			for (const route of routes.responsive) {
				await walk.step(
					`${route} on ${name} (${width}×${height})`,
					async () => {
						await walk.page.setViewportSize({ width, height });
						await walk.open(route);
						await walk.arrive(route);
						await walk.see(selector, {
							as: `${selector} at ${width}×${height}`,
						});
						const needed = await walk.page.evaluate<number>(
							"document.documentElement.scrollWidth",
						);
						walk.expect(
							needed <= width,
							`nothing of ${route} wider than ${width} px`,
							`${needed} px: it has to be moved sideways`,
						);
					},
				);
			}
		}
	},
};
