import { cutoverEnvironment } from "../../../rehearsal/images/build.ts";
import type { Contender } from "../contender.ts";
import { withPostgres } from "./tools.ts";

/** `cutover convert`, as a migration job runs it: the bundled command line in a process of its own. */
export const ours: Contender = {
	name: "ours",
	title: "cutover convert",
	kind: "ours",
	variants: ["own", "supabase"],
	settings:
		"defaults; --workers as given; Node as in the image of the command line",
	missing: withPostgres,
	async convert({ clients, cutover, sourceUrl, targetUrl, workers }) {
		await clients.run(
			[
				...[process.execPath, cutover, "convert", "--json"],
				...["--source", sourceUrl, "--target", targetUrl],
				...["--workers", String(workers)],
			],
			{ env: cutoverEnvironment },
		);
	},
};
