/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
	return (
		host === "localhost" ||
		host.endsWith(".localhost") ||
		host === "[::1]" ||
		/^127\.\d+\.\d+\.\d+$/.test(host)
	);
}
