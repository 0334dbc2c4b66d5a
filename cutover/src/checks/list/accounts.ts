import { at, jsonOf, said } from "../api.ts";
import {
	type CheckSpec,
	failed,
	NotRunError,
	passed,
	type Seen,
} from "../check.ts";
import type { CheckAccount } from "../plan.ts";
import { byHand, removeRow, requireRemovable } from "../removal.ts";
import { type AccountName, callAs, type World } from "../world.ts";

/** The test account signs in and gets a token. */
export const signIn: CheckSpec = {
	name: "sign-in",
	group: "Functionality",
	expected: "200 with access_token",
	run: (world) => signInAs(world, "user", world.plan.accounts.user),
};

/** A new account can be made and signs in; it is removed at the end, and so made only where it can be. */
export const registration: CheckSpec = {
	name: "registration",
	group: "Functionality",
	expected: "201, and the new account signs in",
	required: false,
	async run(world) {
		const { own, plan } = world;
		const email = `cutover-check-${world.mark}@${newAccountHost}`;
		const password = `${crypto.randomUUID()}-Aa1`;
		await requireRemovable(world, own.users);
		let isMade = false;
		world.made.add({
			what: `user ${email}`,
			byHand: byHand(world, "user", email),
			async remove() {
				const reason = await removeRow(world, "user", email);
				return isMade ? reason : undefined;
			},
		});
		// Without the run's signal: who stops it now still wants to know whether there is an account to remove.
		const made = await world.made.making(
			world.api.call({
				method: "POST",
				path: own.api + plan.routes.register,
				json: { email, password, username: `cutover check ${world.mark}` },
			}),
		);
		isMade = made.status < 300;
		world.hasRegistered = isMade;
		if (made.status !== 201) return failed(said(made));
		const token = await tokenFor(world, email, password);
		if (typeof token !== "string") return token;
		// The second account of the checks, where the team named none.
		if (plan.accounts.other === undefined) world.tokens.other = token;
		return passed("201, and the new account signs in");
	},
};

/** Addresses below this are the checks' own. */
export const newAccountHost = "cutover-check.invalid";

/** The second account signs in. Only where the team named one. */
export const secondSignIn: CheckSpec = {
	name: "sign-in of the second account",
	group: "Functionality",
	expected: "200 with access_token",
	// Where nobody can sign in, that is one fault and not two.
	needs: ["sign-in"],
	async run(world) {
		const { other } = world.plan.accounts;
		if (other === undefined)
			throw new NotRunError("no second account is named");
		return await signInAs(world, "other", other);
	},
};

async function signInAs(
	world: World,
	who: AccountName,
	account: CheckAccount,
): Promise<Seen> {
	const password =
		world.environment[account.passwordEnv] || account.publicPassword;
	if (password === undefined)
		throw new NotRunError(
			`the password of ${account.email} is not known; set ${account.passwordEnv}`,
		);
	const token = await tokenFor(world, account.email, password);
	if (typeof token !== "string") return token;
	world.tokens[who] = token;
	return passed(`${account.email} gets a token`);
}

async function tokenFor(
	world: World,
	email: string,
	password: string,
): Promise<string | Seen> {
	const answer = await callAs(world, "nobody", {
		method: "POST",
		path: world.own.api + world.plan.routes.login,
		json: { email, password },
	});
	const token = at(jsonOf(answer), "access_token");
	if (answer.status === 401)
		return failed(
			`${email}: ${said(answer)}; does this account exist? --checks names another (accounts), its password comes from the environment`,
		);
	if (answer.status !== 200) return failed(`${email}: ${said(answer)}`);
	if (typeof token !== "string" || token === "")
		return failed(`${email}: 200 without access_token`);
	return token;
}
