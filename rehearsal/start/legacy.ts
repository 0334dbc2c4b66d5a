import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stop } from "esbuild";
import { laptopPlaces } from "../engine/places.ts";
import { type LegacyHost, legacyStatus, startLegacy } from "../legacy/host.ts";
import { canaryAccounts } from "../seed/accounts.ts";
import type { Progress } from "./progress.ts";

export interface LegacyStart {
	readonly users: number;
	readonly portOffset: number;
	/** Where the load balancer will serve the frontend and the API. */
	readonly frontendUrl: string;
	readonly apiUrl: string;
}

/** Ports of the legacy system when nothing is shifted. */
const ports = { database: 15432, api: 8007, frontend: 3000 };

/** Seeds and starts the legacy system, or finds it running. */
export async function ensureLegacy(
	{ users, portOffset, frontendUrl, apiUrl }: LegacyStart,
	progress: Progress,
): Promise<LegacyHost> {
	const title = `Legacy system with ${users.toLocaleString("en-US")} users`;
	return progress.step(title, async (note) => {
		const undone = legacyStatus().running;
		const host = await startLegacy({
			users,
			databasePort: ports.database + portOffset,
			apiPort: ports.api + portOffset,
			frontendPort: ports.frontend + portOffset,
			publicApiUrl: apiUrl,
			allowedOrigins: [frontendUrl],
			onProgress: note,
		});
		writeSecrets(host);
		await stop();
		return {
			value: host,
			undone,
			detail: undone ? "runs already" : host.apiUrl,
		};
	});
}

/** Writes the secrets that no stack file may hold to where the program looks for them. */
function writeSecrets(host: LegacyHost): void {
	const { legacy } = laptopPlaces();
	const canaries = canaryAccounts.map(({ email, password }) => ({
		email,
		password,
	}));
	const secrets = {
		"database-url": host.databaseUrl,
		"jwt-secret": host.jwtSecret,
		canaries: JSON.stringify(canaries),
	};
	for (const [name, value] of Object.entries(secrets))
		writeFileSync(join(legacy, name), value, { mode: 0o600 });
}
