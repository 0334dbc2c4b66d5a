import pg from "pg";

/** Runs the work with a connection of its own. A server that goes away ends it with the error of its query. */
export async function withClient<T>(
	to: string | pg.ClientConfig,
	work: (client: pg.Client) => Promise<T>,
): Promise<T> {
	const client = await openClient(to);
	try {
		return await work(client);
	} finally {
		// Of a server that went away, the error of the work says more.
		await client.end().catch(() => undefined);
	}
}

/**
 * A connection that whoever asked for it ends.
 * @param to a URL, or what `pg` takes
 * @throws when the server does not answer within 10 s
 */
export async function openClient(
	to: string | pg.ClientConfig,
): Promise<pg.Client> {
	const config = typeof to === "string" ? { connectionString: to } : to;
	const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config });
	// Without a listener a broken connection would end the process; the query under way reports it.
	client.on("error", () => undefined);
	await client.connect();
	return client;
}
