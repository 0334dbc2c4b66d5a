import { signIn } from "../load/actions.ts";
import { createClient } from "../load/client.ts";
import type { LoadOptions } from "../load/options.ts";
import {
	canaryAccounts,
	memberAccounts,
	testAccount,
} from "../seed/accounts.ts";

/** Signs legacy users in to whatever serves production traffic, with the passwords they had in the legacy system. */
export async function trySignIns(
	options: LoadOptions,
): Promise<{ tried: number; worked: number }> {
	const accounts = [testAccount, ...canaryAccounts, ...memberAccounts];
	const client = createClient(options);
	try {
		const results = await Promise.allSettled(
			accounts.map((account) => signIn(client.send, options.apiHost, account)),
		);
		return {
			tried: accounts.length,
			worked: results.filter(({ status }) => status === "fulfilled").length,
		};
	} finally {
		client.close();
	}
}
