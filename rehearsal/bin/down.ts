import { existsSync, rmSync } from "node:fs";
import { checkout, laptopPlaces } from "../engine/places.ts";
import { settleInterrupted } from "../engine/settle.ts";
import { stopLegacy } from "../legacy/host.ts";
import { createProgress } from "../start/progress.ts";
import { destroy, hasStack, stackName } from "../start/stack.ts";

const progress = createProgress(process.stderr);
const { home } = laptopPlaces();

try {
	if (!existsSync(home)) {
		progress.say("Nothing to remove: this checkout has no laptop cloud.");
	} else {
		if (hasStack()) {
			await progress.step(
				"Remove the stack and the laptop cloud",
				async (note) => {
					await settleInterrupted(stackName, { cwd: checkout() });
					await destroy(note);
					return { value: undefined };
				},
			);
		}
		await progress.step("Remove the legacy system", async () => {
			await stopLegacy({ removeData: true });
			return { value: undefined };
		});
		rmSync(home, { recursive: true, force: true });
		progress.say(
			`Removed ${home}. The engine stays in the cache for the next npm start.`,
		);
	}
} catch (error) {
	progress.say(`\n${error instanceof Error ? error.message : String(error)}`);
	progress.say(
		"Run npm run down again once that is mended; what is gone already stays gone.",
	);
	process.exitCode = 1;
}
