/**
 * Ends what was started when somebody stops the bench: the work breaks off and clears up after itself on its way out.
 * Answers how to call that off.
 */
export function endOnSignal(end: () => Promise<void>): () => void {
	const onSignal = (signal: NodeJS.Signals) => {
		console.error(`${signal}: ending the servers`);
		void end();
	};
	process.once("SIGINT", onSignal);
	process.once("SIGTERM", onSignal);
	return () => {
		process.off("SIGINT", onSignal);
		process.off("SIGTERM", onSignal);
	};
}
