import * as grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import type { Tell } from "./provider.ts";

/** The engine's log, where lines about a resource appear in its display. */
export class EngineLog {
	#client: InstanceType<typeof engineService.EngineClient> | undefined;

	connect(address: string): void {
		if (this.#client !== undefined || address === "") return;
		this.#client = new engineService.EngineClient(
			address,
			grpc.credentials.createInsecure(),
		);
	}

	/** Lines of kind `status` (default) are shown while the operation runs; the others stay. */
	about(urn: string): Tell {
		return (message, severity = "status") => {
			const request = new enginePb.LogRequest();
			request.setUrn(urn);
			request.setMessage(message);
			request.setEphemeral(severity === "status");
			request.setSeverity(
				severity === "warning"
					? enginePb.LogSeverity.WARNING
					: enginePb.LogSeverity.INFO,
			);
			// A line that the engine did not take is no reason to fail the operation.
			this.#client?.log(request, () => {});
		};
	}
}
