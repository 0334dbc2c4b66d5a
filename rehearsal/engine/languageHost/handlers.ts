import type * as grpc from "@grpc/grpc-js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { killChildren } from "./children.ts";
import { listDependencies, locateModule, sdkVersion } from "./modules.ts";
import { runPlugin } from "./runPlugin.ts";
import { runProgram } from "./runProgram.ts";

type Call<Request> = { request: Request };

/** The calls that the engine makes to run programs; generating code and packing packages answer "unimplemented". */
export function createHandlers(
	engineAddress: string,
): Partial<ILanguageRuntimeServer> & grpc.UntypedServiceImplementation {
	return {
		handshake: answer(async () => new messages.LanguageHandshakeResponse()),
		// The engine learns the providers from the resources themselves, at the time they are registered.
		getRequiredPlugins: answer(
			async () => new messages.GetRequiredPluginsResponse(),
		),
		getRequiredPackages: answer(
			async () => new messages.GetRequiredPackagesResponse(),
		),
		getPluginInfo: answer(async () =>
			new plugins.PluginInfo().setVersion(sdkVersion(process.cwd())),
		),
		about: answer(async () =>
			new messages.AboutResponse()
				.setExecutable(process.execPath)
				.setVersion(process.version),
		),
		getProgramDependencies: answer(
			async ({ request }: Call<messages.GetProgramDependenciesRequest>) => {
				const folder = request.getInfo()?.getProgramDirectory();
				return new messages.GetProgramDependenciesResponse().setDependenciesList(
					listDependencies(folder || request.getPwd()).map(
						({ name, version }) =>
							new messages.DependencyInfo().setName(name).setVersion(version),
					),
				);
			},
		),
		run: answer(async ({ request }: Call<messages.RunRequest>) =>
			runProgram(request, engineAddress, locateModule),
		),
		runPlugin: (
			call: grpc.ServerWritableStream<
				messages.RunPluginRequest,
				messages.RunPluginResponse
			>,
		) => runPlugin(call, locateModule),
		// Dependencies are npm's business: the engine must never change what the lock file decided.
		installDependencies: (
			call: grpc.ServerWritableStream<
				messages.InstallDependenciesRequest,
				messages.InstallDependenciesResponse
			>,
		) => call.end(),
		cancel: answer(async () => {
			killChildren("SIGTERM");
			return new empty.Empty();
		}),
	};
}

function answer<Request, Response>(
	handle: (call: Call<Request>) => Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
	return (call, callback) => {
		handle(call).then(
			(response) => callback(null, response),
			(error: unknown) =>
				callback({
					code: 2,
					details: error instanceof Error ? error.message : String(error),
				}),
		);
	};
}
