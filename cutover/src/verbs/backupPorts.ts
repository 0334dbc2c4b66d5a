import type { Confirm } from "../confirm.ts";

/** The services that backups and restores are made through. */
export const ports = {
	rds: async () => (await import("../adapters/rds.ts")).rdsPort(),
};

/** `--yes`, or a person at the terminal. */
export async function confirmBy(
	options: Readonly<Record<string, unknown>>,
	signal: AbortSignal,
): Promise<Confirm> {
	const { confirmed, confirmOn } = await import("../confirm.ts");
	return options.yes === true
		? confirmed
		: confirmOn(process.stdin, process.stderr, signal);
}

/** A private key is taken from the environment and never from the command line. */
export function withIdentity(
	options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
	return { ...options, identity: process.env.BACKUP_IDENTITY };
}
