import type { Scenario } from "../scenario.ts";

/** A known user signs in and comes to the dashboard. */
export const login: Scenario = {
	name: "login",
	title: "A known user signs in",
	signedIn: false,
	async run(walk) {
		const { routes, selectors, account } = walk.config;
		await walk.prepare("the account's password", async () => {
			if (walk.password === "") throw new Error("set CUTOVER_UAT_PASSWORD");
		});
		await walk.step("open the sign-in", async () => {
			await walk.open(routes.login);
			await walk.see(selectors.email);
		});
		await walk.step("fill in the form", async () => {
			await walk.fill(selectors.email, account.email);
			await walk.fill(selectors.password, walk.password);
		});
		await walk.step("sign in", async () => {
			await walk.press(selectors.login);
			await walk.arrive(routes.afterLogin);
		});
		await walk.step("still signed in after a reload", async () => {
			await walk.open(routes.afterLogin);
			await walk.arrive(routes.afterLogin);
		});
	},
};
