import pg from "pg";

/** Runs the work on a session of its own. */
export async function withClient<T>(
	url: string,
	work: (client: pg.Client) => Promise<T>,
): Promise<T> {
	const client = new pg.Client(url);
	// A server that is stopped in the middle breaks the session; the query that was under way reports it.
	client.on("error", () => undefined);
	await client.connect();
	try {
		return await work(client);
	} finally {
		await client.end().catch(() => undefined);
	}
}

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
