/**
 * Declares what $JUDGED_RESOURCES lists, as components, which need no provider. The input "unknown" is one that a preview
 * cannot know, "secret" one that the engine encrypts.
 */
import * as pulumi from "@pulumi/pulumi";

interface Declared {
	readonly type: string;
	readonly name: string;
	readonly inputs: Readonly<Record<string, unknown>>;
	readonly protect?: boolean;
}

const declared: readonly Declared[] = JSON.parse(
	process.env.JUDGED_RESOURCES ?? "[]",
);
for (const { type, name, inputs, protect = false } of declared) {
	const values = Object.entries(inputs).map(
		([key, value]): [string, pulumi.Input<unknown>] => [key, inputOf(value)],
	);
	new pulumi.ComponentResource(type, name, Object.fromEntries(values), {
		protect,
	});
}

function inputOf(value: unknown): pulumi.Input<unknown> {
	if (value === "secret") return pulumi.secret("hunter2");
	return value === "unknown" && pulumi.runtime.isDryRun()
		? pulumi.output(pulumi.unknown)
		: value;
}
