import type * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import {
	loadsTypeScript,
	nodeArguments,
	typescriptEnvironment,
} from "./arguments.ts";
import { spawnNode, waitForExit } from "./children.ts";
import type { LocateModule } from "./modules.ts";
import { withoutTypeScript } from "./packWithoutTypeScript.ts";
import { plainErrors } from "./plainErrors.ts";
import { runtimeOptions } from "./runProgram.ts";

/**
 * Runs a policy pack or a provider written for Node and streams what it prints until it ends or the engine hangs up.
 * A policy pack runs in its own folder, so that its own node_modules are used whatever the program's folder is.
 */
export function runPlugin(
	call: grpc.ServerWritableStream<
		messages.RunPluginRequest,
		messages.RunPluginResponse
	>,
	locateModule: LocateModule,
): void {
	start(call, locateModule).then(
		(exit) => {
			call.write(
				new messages.RunPluginResponse().setExitcode(
					typeof exit === "number" ? exit : 1,
				),
			);
			call.end();
		},
		(error: unknown) =>
			call.destroy(error instanceof Error ? error : new Error(String(error))),
	);
}

async function start(
	call: grpc.ServerWritableStream<
		messages.RunPluginRequest,
		messages.RunPluginResponse
	>,
	locateModule: LocateModule,
): Promise<number | string> {
	const { request } = call;
	const folder = request.getInfo()?.getProgramDirectory();
	if (!folder) throw new Error("RunPlugin: the engine named no folder");
	const options = runtimeOptions(request.getInfo());
	const isPolicyPack = request.getKind() === "analyzer";
	const child = spawnNode(
		[
			...plainErrors,
			...nodeArguments(options),
			...(isPolicyPack && !loadsTypeScript(options)
				? withoutTypeScript(locateModule(policyPackRunner, folder))
				: [
						locateModule(
							isPolicyPack ? policyPackRunner : "@pulumi/pulumi/cmd/run-plugin",
							folder,
						),
					]),
			...(isPolicyPack
				? [request.getArgsList().at(-1) ?? "", folder]
				: [folder, ...request.getArgsList()]),
		],
		{
			cwd: isPolicyPack ? folder : request.getPwd(),
			stdio: ["ignore", "pipe", "pipe"],
			env: {
				...environmentOf(request.getEnvList()),
				...typescriptEnvironment(options),
			},
		},
	);
	child.stdout?.on("data", (data: Buffer) => {
		call.write(new messages.RunPluginResponse().setStdout(data));
	});
	child.stderr?.on("data", (data: Buffer) => {
		call.write(new messages.RunPluginResponse().setStderr(data));
	});
	call.on("cancelled", () => child.kill("SIGKILL"));
	return waitForExit(child);
}

const policyPackRunner = "@pulumi/pulumi/cmd/run-policy-pack";

function environmentOf(list: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		list.map((entry) => {
			const at = entry.indexOf("=");
			return [entry.slice(0, at), entry.slice(at + 1)];
		}),
	);
}
