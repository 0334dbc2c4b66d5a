import analyzer from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";

/** What the engine tells a pack before the first resource. */
export interface ConfiguredStack {
	/** Whether this is a preview. */
	readonly isPreview: boolean;
	/** The stack's configuration; every value a text, secrets among them in plain. */
	readonly configuration: Readonly<Record<string, string>>;
}

let configured: ConfiguredStack | undefined;

/** What the engine told; undefined when it told nothing, which is an old engine or a test. */
export const configuredStack = (): ConfiguredStack | undefined => configured;

/**
 * Listens to the engine's message about the stack, of which the SDK keeps only the tags. To be called before the pack is made:
 * the server copies how it reads messages.
 */
export function listenForStack(): void {
	const { configureStack } = analyzer.AnalyzerService;
	const read = configureStack.requestDeserialize;
	configureStack.requestDeserialize = (bytes) => {
		const request = read(bytes);
		configured = {
			isPreview: request.getDryRun(),
			configuration: Object.fromEntries(request.getConfigMap().entries()),
		};
		return request;
	};
}
