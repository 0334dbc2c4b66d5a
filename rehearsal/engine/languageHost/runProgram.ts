import messages from "@pulumi/pulumi/proto/language_pb.js";
import {
	nodeArguments,
	programArguments,
	type RuntimeOptions,
	typescriptEnvironment,
} from "./arguments.ts";
import { spawnNode, waitForExit } from "./children.ts";
import type { LocateModule } from "./modules.ts";
import { plainErrors } from "./plainErrors.ts";

/** The SDK ends with this code when it has told the user already; the engine must then add nothing. */
const alreadyReported = 32;

/** Runs a program to its end and says how it ended. */
export async function runProgram(
	request: messages.RunRequest,
	engineAddress: string,
	locateModule: LocateModule,
): Promise<messages.RunResponse> {
	const info = request.getInfo();
	const options = runtimeOptions(info);
	const programDirectory = info?.getProgramDirectory() || request.getPwd();
	const child = spawnNode(
		[
			...plainErrors,
			...nodeArguments(options),
			locateModule("@pulumi/pulumi/cmd/run", programDirectory),
			...programArguments({
				monitor: request.getMonitorAddress(),
				engine: engineAddress,
				project: request.getProject(),
				stack: request.getStack(),
				organization: request.getOrganization(),
				pwd: request.getPwd(),
				rootDirectory: info?.getRootDirectory() ?? "",
				entryPoint: info?.getEntryPoint() || request.getProgram() || ".",
				dryRun: request.getDryrun(),
				parallel: request.getParallel(),
				args: request.getArgsList(),
			}),
		],
		{
			cwd: request.getPwd(),
			// What the program prints goes to the engine, which shows everything its plugins print.
			stdio: ["ignore", "inherit", "inherit"],
			env: {
				...process.env,
				...typescriptEnvironment(options),
				PULUMI_CONFIG: JSON.stringify(
					Object.fromEntries(request.getConfigMap().entries()),
				),
				PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(
					request.getConfigsecretkeysList(),
				),
			},
		},
	);
	return outcome(await waitForExit(child));
}

/** How an exit reads to the engine. */
export function outcome(exit: number | string): messages.RunResponse {
	const response = new messages.RunResponse();
	if (exit === 0) return response;
	if (exit === alreadyReported) return response.setBail(true);
	return response.setError(
		typeof exit === "number"
			? `the program ended with exit code ${exit}`
			: `the program was ended by ${exit}`,
	);
}

export function runtimeOptions(
	info: messages.ProgramInfo | undefined,
): RuntimeOptions {
	return info?.getOptions()?.toJavaScript() ?? {};
}
