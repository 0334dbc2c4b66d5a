import * as grpc from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../handler.ts";

/** A resource that exists but did not become what was asked for; its outputs carry the engine's marks. */
export class InitializationFailure extends Error {
	override readonly name = "InitializationFailure";
	readonly id: string;
	readonly outputs: Properties;

	constructor(message: string, id: string, outputs: Properties) {
		super(message);
		this.id = id;
		this.outputs = outputs;
	}
}

/** An error in the form in which the engine takes it: a message, and what exists nevertheless. */
export function toServiceError(error: unknown): Partial<grpc.ServiceError> {
	const message = error instanceof Error ? error.message : String(error);
	const metadata = new grpc.Metadata();
	if (error instanceof InitializationFailure) {
		const detail = new provider.ErrorResourceInitFailed();
		detail.setId(error.id);
		detail.setProperties(toStruct(error.outputs));
		detail.setReasonsList([message]);
		const packed = new any.Any();
		packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
		const whole = new status.Status();
		whole.setCode(grpc.status.UNKNOWN);
		whole.setMessage(message);
		whole.addDetails(packed);
		metadata.add(
			"grpc-status-details-bin",
			Buffer.from(whole.serializeBinary()),
		);
	}
	return { code: grpc.status.UNKNOWN, details: message, metadata };
}

export const toStruct = (values: Properties): struct.Struct =>
	struct.Struct.fromJavaScript(
		values as Parameters<typeof struct.Struct.fromJavaScript>[0],
	);

export const fromStruct = (value: struct.Struct | undefined): Properties =>
	value === undefined ? {} : value.toJavaScript();
