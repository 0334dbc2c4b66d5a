import * as pulumi from "@pulumi/pulumi";
import { askGate } from "@trusted-login/golive/lock";
import type { StackSettings } from "@trusted-login/settings";

/**
 * The second lock, beside the policy pack's: before anything is declared the program itself asks for GO, or for the rollback that
 * a GO authorised. A preview reports what is missing, an update ends there.
 * @param root top of the program.
 * @param environment of the runner: it pins the trusted keys.
 * @throws pulumi.RunError naming everything that is missing.
 */
export async function requireGo(
	settings: StackSettings,
	root: string,
	environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
	const { isAdvisory, problems, text } = await askGate({
		stack: pulumi.getStack(),
		settings,
		root,
		environment,
		isPreview: pulumi.runtime.isDryRun(),
	});
	if (problems.length === 0) {
		await pulumi.log.info(text);
	} else if (isAdvisory || pulumi.runtime.isDryRun()) {
		await pulumi.log.warn(text);
	} else {
		// A RunError is printed without a stack trace: the reader has to bring evidence, not to edit this program.
		throw new pulumi.RunError(`${text}\nnothing was changed`);
	}
}
