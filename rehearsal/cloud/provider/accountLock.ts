import type { Properties } from "../handler.ts";
import { accountId } from "../naming.ts";

/**
 * Keeps the two clouds apart: what was made on AWS is never read, changed or deleted here.
 * @throws when the resource's id or ARN names another account than the laptop's.
 */
export function refuseRealCloud(id: string, outputs: Properties): void {
	for (const text of [id, outputs.arn]) {
		const account = foreignAccount(text);
		if (account !== undefined)
			throw new Error(
				`this stack lives on the real cloud (account ${account}); the laptop cloud does not touch it: open a new shell without the laptop's environment`,
			);
	}
}

function foreignAccount(text: unknown): string | undefined {
	if (typeof text !== "string") return undefined;
	const account = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(text)?.[1];
	return account === accountId ? undefined : account;
}
