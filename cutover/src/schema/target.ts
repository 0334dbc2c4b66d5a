import {
	connect,
	cut,
	endQuietly,
	type Session,
} from "../adapters/postgres.ts";

/** Opens the target for work that a signal may stop at any moment: the server then rolls back what is under way. */
export async function withTarget<T>(
	request: {
		readonly url: string;
		readonly name: string;
		readonly signal: AbortSignal;
	},
	work: (session: Session) => Promise<T>,
): Promise<T> {
	const { url, name, signal } = request;
	signal.throwIfAborted();
	const session = await connect(url, { what: "target", applicationName: name });
	const stop = () => cut(session);
	signal.addEventListener("abort", stop);
	try {
		return await work(session);
	} catch (error) {
		signal.throwIfAborted();
		throw error;
	} finally {
		signal.removeEventListener("abort", stop);
		await endQuietly(session);
	}
}
