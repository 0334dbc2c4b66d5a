/** The program's own lock in front of two resources of the tiny cloud; one of them holds data. */
import * as pulumi from "@pulumi/pulumi";
import { parseConfiguration } from "@trusted-login/settings";
import { requireGo } from "../../../../gate.ts";

const settings = parseConfiguration(pulumi.runtime.allConfig(), "stack file");
await requireGo(settings, import.meta.dirname);

class Slow extends pulumi.CustomResource {
	constructor(
		name: string,
		inputs: pulumi.Inputs,
		options: pulumi.CustomResourceOptions,
	) {
		super("tiny:index:Slow", name, inputs, { version: "1.0.0", ...options });
	}
}

const value = process.env.GATED_VALUE ?? "first";
new Slow("network", { value }, {});
new Slow(
	"database",
	{ value },
	{ protect: settings.database.deletionProtection },
);
