/**
 * The Node language host: the process through which the engine runs programs and policy packs written in TypeScript. It lies
 * beside an engine that was built from source; an official engine brings its own.
 *
 * Called as `pulumi-language-nodejs [flags] <engine address>`; prints its port as the first line on stdout.
 */
import * as grpc from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { endWithParent } from "./endWithParent.ts";
import { killChildren } from "./languageHost/children.ts";
import { createHandlers } from "./languageHost/handlers.ts";

async function main(engineAddress: string): Promise<void> {
	const server = new grpc.Server({
		"grpc.max_receive_message_length": -1,
		"grpc.max_send_message_length": -1,
	});
	server.addService(
		language.LanguageRuntimeService,
		createHandlers(engineAddress),
	);
	const port = await new Promise<number>((resolve, reject) => {
		server.bindAsync(
			"127.0.0.1:0",
			grpc.ServerCredentials.createInsecure(),
			(error, bound) => (error ? reject(error) : resolve(bound)),
		);
	});
	process.stdout.write(`${port}\n`);
}

const end = (): void => {
	killChildren("SIGKILL");
	process.exit(0);
};
process.on("SIGINT", end);
process.on("SIGTERM", end);
endWithParent(end);

const engineAddress = process.argv.at(-1);
if (process.argv.length < 3 || engineAddress === undefined) {
	process.stderr.write("usage: pulumi-language-nodejs <engine address>\n");
	process.exit(2);
}
await main(engineAddress);
