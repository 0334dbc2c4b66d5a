import { laptopPlaces, loadOrCreateEndpoint } from "../engine/places.ts";
import { runDaemon } from "./daemon/run.ts";
import { handlers } from "./handlers.ts";

// What a service could not foresee must not end every other service of the laptop.
process.on("unhandledRejection", (error) =>
	console.error(`${new Date().toISOString()} unexpected`, error),
);

try {
	await runDaemon({
		places: laptopPlaces(),
		endpoint: loadOrCreateEndpoint(),
		handlers,
	});
	process.exit(0);
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}
