import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Decision } from "../diff.ts";
import type { PropertyFailure } from "../handler.ts";
import { EngineLog } from "./engineLog.ts";
import { fromStruct, toServiceError, toStruct } from "./protocolError.ts";
import type { Provider } from "./provider.ts";
import { decode, encode } from "./values.ts";

/**
 * Speaks the engine's provider protocol: prints the port as the first line on stdout and answers until the engine is
 * gone. Called by the engine as `pulumi-resource-<name> [flags] <engine address>`.
 */
export async function serveProvider(provider: Provider): Promise<void> {
	const log = new EngineLog();
	log.connect(process.argv.slice(2).findLast((a) => !a.startsWith("-")) ?? "");
	const server = new grpc.Server({
		"grpc.max_receive_message_length": -1,
		"grpc.max_send_message_length": -1,
	});
	server.addService(
		service.ResourceProviderService,
		createProtocol(provider, log),
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

type Handler<Q, A> = (request: Q) => A | Promise<A>;

function unary<Q, A>(handler: Handler<Q, A>): grpc.handleUnaryCall<Q, A> {
	return async (call, callback) => {
		try {
			callback(null, await handler(call.request));
		} catch (error) {
			callback(toServiceError(error), null);
		}
	};
}

function createProtocol(
	provider: Provider,
	log: EngineLog,
): grpc.UntypedServiceImplementation {
	const resourceOf = (request: {
		getUrn(): string;
		getName(): string;
		getType(): string;
	}) => ({
		urn: request.getUrn(),
		type: request.getType(),
		name: request.getName(),
	});

	return {
		handshake: unary((request: pb.ProviderHandshakeRequest) => {
			log.connect(request.getEngineAddress());
			const answer = new pb.ProviderHandshakeResponse();
			answer.setAcceptSecrets(true);
			answer.setAcceptResources(false);
			answer.setAcceptOutputs(false);
			return answer;
		}),
		attach: unary((request: plugin.PluginAttach) => {
			log.connect(request.getAddress());
			return new empty.Empty();
		}),
		getPluginInfo: unary(() => {
			const info = new plugin.PluginInfo();
			info.setVersion(provider.version);
			return info;
		}),
		getSchema: unary(() => {
			throw new Error(
				`the laptop cloud's ${provider.name} provider has no schema to give`,
			);
		}),
		checkConfig: unary((request: pb.CheckRequest) =>
			checked(
				request,
				provider.checkConfig(decode(fromStruct(request.getNews())).values),
			),
		),
		diffConfig: unary(() => {
			const answer = new pb.DiffResponse();
			answer.setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE);
			return answer;
		}),
		configure: unary(() => {
			const answer = new pb.ConfigureResponse();
			answer.setAcceptsecrets(true);
			answer.setSupportspreview(true);
			return answer;
		}),
		check: unary((request: pb.CheckRequest) =>
			checked(
				request,
				provider.check({
					...resourceOf(request),
					inputs: decode(fromStruct(request.getNews())),
				}),
			),
		),
		diff: unary((request: pb.DiffRequest) => {
			const outputs = decode(fromStruct(request.getOlds())).values;
			return toDiffResponse(
				provider.diff({
					...resourceOf(request),
					id: request.getId(),
					oldInputs: request.hasOldInputs()
						? decode(fromStruct(request.getOldInputs())).values
						: outputs,
					inputs: decode(fromStruct(request.getNews())).values,
					outputs,
				}),
			);
		}),
		create: unary(async (request: pb.CreateRequest) => {
			const answer = new pb.CreateResponse();
			if (request.getPreview()) {
				answer.setProperties(request.getProperties());
				return answer;
			}
			const { id, outputs } = await provider.create({
				...resourceOf(request),
				inputs: decode(fromStruct(request.getProperties())),
				tell: log.about(request.getUrn()),
			});
			answer.setId(id);
			answer.setProperties(toStruct(encode(outputs.values, outputs.secrets)));
			return answer;
		}),
		read: unary(async (request: pb.ReadRequest) => {
			const answer = new pb.ReadResponse();
			const found = await provider.read({
				...resourceOf(request),
				id: request.getId(),
				inputs: decode(fromStruct(request.getInputs())),
				outputs: decode(fromStruct(request.getProperties())),
			});
			// An empty id says that the resource is gone.
			if (found === undefined) return answer;
			const { inputs, outputs } = found;
			answer.setId(request.getId());
			answer.setInputs(toStruct(encode(inputs.values, inputs.secrets)));
			answer.setProperties(toStruct(encode(outputs.values, outputs.secrets)));
			return answer;
		}),
		update: unary(async (request: pb.UpdateRequest) => {
			const answer = new pb.UpdateResponse();
			const resource = resourceOf(request);
			const inputs = decode(fromStruct(request.getNews()));
			const outputs = decode(fromStruct(request.getOlds()));
			const updated = request.getPreview()
				? provider.previewUpdate({ ...resource, inputs, outputs })
				: await provider.update({
						...resource,
						id: request.getId(),
						inputs,
						oldInputs: decode(fromStruct(request.getOldInputs())).values,
						outputs,
						tell: log.about(request.getUrn()),
					});
			answer.setProperties(toStruct(encode(updated.values, updated.secrets)));
			return answer;
		}),
		delete: unary(async (request: pb.DeleteRequest) => {
			await provider.delete({
				...resourceOf(request),
				id: request.getId(),
				outputs: decode(fromStruct(request.getProperties())),
				tell: log.about(request.getUrn()),
			});
			return new empty.Empty();
		}),
		invoke: unary(async (request: pb.InvokeRequest) => {
			const { values } = decode(fromStruct(request.getArgs()));
			const answer = new pb.InvokeResponse();
			answer.setReturn(
				toStruct(encode(await provider.invoke(request.getTok(), values))),
			);
			return answer;
		}),
		cancel: unary(() => {
			provider.cancel();
			return new empty.Empty();
		}),
	};
}

function checked(
	request: pb.CheckRequest,
	failures: readonly PropertyFailure[],
): pb.CheckResponse {
	const answer = new pb.CheckResponse();
	// Given back as they came: with every mark of the engine in its place.
	answer.setInputs(request.getNews());
	answer.setFailuresList(
		failures.map(({ property, reason }) => {
			const failure = new pb.CheckFailure();
			failure.setProperty(property);
			failure.setReason(reason);
			return failure;
		}),
	);
	return answer;
}

function toDiffResponse(decision: Decision): pb.DiffResponse {
	const answer = new pb.DiffResponse();
	const { DiffChanges } = pb.DiffResponse;
	answer.setChanges(
		decision.changed.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE,
	);
	answer.setDiffsList([...decision.changed]);
	answer.setReplacesList([...decision.replaces]);
	answer.setDeletebeforereplace(decision.deleteBeforeReplace);
	answer.setHasdetaileddiff(true);
	const detailed = answer.getDetaileddiffMap();
	for (const { path, kind, replace } of decision.differences) {
		const property = new pb.PropertyDiff();
		property.setInputdiff(true);
		property.setKind(kindOf(kind, replace));
		detailed.set(path, property);
	}
	return answer;
}

function kindOf(
	kind: "add" | "delete" | "update",
	replace: boolean,
): pb.PropertyDiff.Kind {
	const { Kind } = pb.PropertyDiff;
	switch (kind) {
		case "add":
			return replace ? Kind.ADD_REPLACE : Kind.ADD;
		case "delete":
			return replace ? Kind.DELETE_REPLACE : Kind.DELETE;
		case "update":
			return replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
	}
}
