import { randomBytes } from "node:crypto";
import type { Scenario } from "../scenario.ts";

/** Somebody new makes an account. */
export const registration: Scenario = {
	name: "registration",
	title: "Somebody new makes an account",
	signedIn: false,
	async run(walk) {
		const { routes, selectors, registration: wanted } = walk.config;
		const email = wanted.email.replaceAll("{run}", walk.run);
		// Nobody needs it again.
		const password = `${randomBytes(12).toString("base64url")}aA1!`;
		await walk.step("open the registration", async () => {
			await walk.open(routes.register);
			await walk.see(selectors.email);
		});
		await walk.step("fill in the form", async () => {
			await walk.fill(selectors.email, email);
			await walk.fill(selectors.password, password);
			await walk.fill(selectors.confirmPassword, password);
		});
		await walk.step("register", async () => {
			walk.data.add({
				kind: "account",
				key: email,
				byHand: `delete from auth.users where email = '${email}' (legacy: legacy_users)`,
			});
			await walk.press(selectors.register);
			await walk.see(selectors.registered);
		});
	},
};
