/**
 * Ends what was started when somebody stops the bench: the work breaks off and clears up after itself on its way out.
 * Answers the way to end it in any other case; it is ended once, however often that is asked.
 */
export function endOnSignal(end: () => Promise<void>): () => Promise<void> {
	let ending: Promise<void> | undefined;
	const endOnce = () => {
		ending ??= end();
		return ending;
	};
	const onSignal = (signal: NodeJS.Signals) => {
		console.error(`${signal}: ending the servers`);
		// Whoever waits for the end hears of its errors.
		endOnce().catch(() => undefined);
	};
	process.once("SIGINT", onSignal);
	process.once("SIGTERM", onSignal);
	return async () => {
		process.off("SIGINT", onSignal);
		process.off("SIGTERM", onSignal);
		await endOnce();
	};
}
