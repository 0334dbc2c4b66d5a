import { existsSync } from "node:fs";
import type { StackSettings } from "@trusted-login/settings";
import { laptopPlaces } from "../engine/places.ts";
import { legacyStatus } from "../legacy/host.ts";
import { requireFreePort } from "../legacy/ports.ts";

/** What a person changes when a port is taken. */
const remedy = "npm start -- --port-offset N";

/**
 * Finds out, before anything is made, which ports another program has. Only what does not run yet is asked for.
 * @throws PortInUseError naming the port, its holder and the option.
 */
export async function requirePorts({
	edge,
	database,
	legacy,
}: Pick<StackSettings, "edge" | "database" | "legacy">): Promise<void> {
	const { parts } = legacyStatus();
	const wanted = [
		...(parts.api === undefined ? [legacy.api.port] : []),
		...(parts.frontend === undefined ? [legacy.frontend.port] : []),
		...(existsSync(laptopPlaces().cloud)
			? []
			: [...Object.values(edge.ports), database.port]),
	];
	for (const port of wanted) await requireFreePort(port, remedy);
}
