import { testUserName } from "../removers.ts";
import type { Scenario } from "../scenario.ts";

/** A user changes name and theme; what was there before is put back afterwards. */
export const profile: Scenario = {
	name: "profile",
	title: "A user changes the profile",
	signedIn: true,
	async run(walk) {
		const { routes, selectors, values, api, account } = walk.config;
		const before = await walk.prepare("the profile as it is", () =>
			walk.api.call("GET", api.profile),
		);
		const username = `${testUserName}${walk.run}`;
		const theme = walk.page.locator(selectors.theme).first();
		await walk.step("open the profile", async () => {
			await walk.open(routes.profile);
			await walk.see(selectors.profileForm);
		});
		await walk.step("change name and theme", async () => {
			await walk.fill(selectors.username, username);
			await walk.choose(selectors.theme, values.theme);
		});
		const chosen = await theme.inputValue().catch(() => "");
		await walk.step("save it", async () => {
			walk.data.add({
				kind: "profile",
				key: JSON.stringify(before),
				byHand: `put the profile of ${account.email} back to ${JSON.stringify(before)}`,
			});
			await walk.press(selectors.saveProfile);
			await walk.see(selectors.profileSaved);
		});
		await walk.step("find it changed after a reload", async () => {
			await walk.open(routes.profile);
			const field = await walk.see(selectors.username);
			const found = [await field.inputValue(), await theme.inputValue()];
			walk.expect(
				found[0] === username && found[1] === chosen,
				`user name ${username} and theme ${chosen}, as saved`,
				`user name ${found[0]} and theme ${found[1]} after a reload: it was not saved`,
			);
		});
	},
};
