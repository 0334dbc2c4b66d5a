import { withClient } from "../../rehearsal/engine/client.ts";

/** Runs statements side by side in as many sessions as given: each session takes the next when it is done with one. */
export async function runSideBySide(
	url: string,
	sessions: number,
	statements: readonly string[],
	settings: readonly string[] = [],
): Promise<void> {
	const queue = [...statements];
	await Promise.all(
		Array.from({ length: Math.min(sessions, queue.length) }, () =>
			withClient(url, async (client) => {
				for (const setting of settings) await client.query(setting);
				for (let next = queue.shift(); next; next = queue.shift()) {
					await client.query(next);
				}
			}),
		),
	);
}

/** Runs statements one after the other. */
export async function runInOrder(
	url: string,
	statements: readonly string[],
): Promise<void> {
	await runSideBySide(url, 1, statements);
}
