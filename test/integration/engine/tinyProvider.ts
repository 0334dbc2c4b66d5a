/**
 * A provider with one resource type, `tiny:index:Slow`, whose "cloud" is the file $TINY_STORE: create and update write at once
 * and then take `seconds`, so that an engine can be killed while they run; delete waits first.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { endWithParent } from "../../../rehearsal/engine/endWithParent.ts";

type Properties = Record<string, struct.JavaScriptValue>;

const storeFile = process.env.TINY_STORE ?? "";
const load = (): Record<string, Properties> =>
	existsSync(storeFile) ? JSON.parse(readFileSync(storeFile, "utf8")) : {};
const save = (id: string, properties: Properties | undefined): void => {
	const { [id]: _old, ...others } = load();
	writeFileSync(
		storeFile,
		JSON.stringify(
			properties === undefined ? others : { ...others, [id]: properties },
		),
	);
};
const wait = ({ seconds }: Properties) => sleep(Number(seconds ?? 0) * 1000);
const read = (value: struct.Struct | undefined): Properties =>
	value?.toJavaScript() ?? {};
const write = (value: Properties): struct.Struct =>
	struct.Struct.fromJavaScript(value);

const answer =
	<Request, Response>(
		handle: (request: Request) => Promise<Response>,
	): grpc.handleUnaryCall<Request, Response> =>
	(call, callback) => {
		handle(call.request).then(
			(response) => callback(null, response),
			(error: unknown) => callback({ code: 2, details: String(error) }),
		);
	};

const server = new grpc.Server();
server.addService(services.ResourceProviderService, {
	getPluginInfo: answer(async () =>
		new pluginMessages.PluginInfo().setVersion("1.0.0"),
	),
	checkConfig: answer(async (request: messages.CheckRequest) =>
		new messages.CheckResponse().setInputs(request.getNews()),
	),
	diffConfig: answer(async () => new messages.DiffResponse()),
	configure: answer(async () => new messages.ConfigureResponse()),
	check: answer(async (request: messages.CheckRequest) =>
		new messages.CheckResponse().setInputs(request.getNews()),
	),
	diff: answer(async (request: messages.DiffRequest) => {
		const isSame =
			JSON.stringify(read(request.getOldInputs())) ===
			JSON.stringify(read(request.getNews()));
		const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
		return new messages.DiffResponse().setChanges(
			isSame ? DIFF_NONE : DIFF_SOME,
		);
	}),
	create: answer(async (request: messages.CreateRequest) => {
		const inputs = read(request.getProperties());
		const id = `id-${request.getName()}`;
		if (request.getPreview()) return new messages.CreateResponse();
		save(id, { ...inputs, urn: request.getUrn() });
		await wait(inputs);
		return new messages.CreateResponse().setId(id).setProperties(write(inputs));
	}),
	read: answer(async (request: messages.ReadRequest) => {
		const found = load()[request.getId()];
		if (found === undefined) return new messages.ReadResponse();
		const { urn: _urn, ...properties } = found;
		return new messages.ReadResponse()
			.setId(request.getId())
			.setProperties(write(properties))
			.setInputs(write(properties));
	}),
	update: answer(async (request: messages.UpdateRequest) => {
		const inputs = read(request.getNews());
		if (request.getPreview()) return new messages.UpdateResponse();
		save(request.getId(), { ...inputs, urn: request.getUrn() });
		await wait(inputs);
		return new messages.UpdateResponse().setProperties(write(inputs));
	}),
	delete: answer(async (request: messages.DeleteRequest) => {
		save(request.getId(), undefined);
		await wait(read(request.getProperties()));
		return new empty.Empty();
	}),
	cancel: answer(async () => new empty.Empty()),
});
server.bindAsync(
	"127.0.0.1:0",
	grpc.ServerCredentials.createInsecure(),
	(error, port) => {
		if (error) throw error;
		process.stdout.write(`${port}\n`);
	},
);
endWithParent(() => process.exit(0));
