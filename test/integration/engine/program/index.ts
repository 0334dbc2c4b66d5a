import * as pulumi from "@pulumi/pulumi";

class Box extends pulumi.ComponentResource {
	constructor(name: string, args: { colour: string }) {
		super("tiny:index:Box", name, args);
		this.registerOutputs({});
	}
}

class Slow extends pulumi.CustomResource {
	constructor(
		name: string,
		args: { value: string; seconds: number },
		options: pulumi.CustomResourceOptions,
	) {
		super("tiny:index:Slow", name, args, { version: "1.0.0", ...options });
	}
}

const config = new pulumi.Config();
if (config.getBoolean("broken")) throw new Error("the program is broken");
const box = new Box("box", { colour: config.get("colour") ?? "red" });
const value = config.get("slow");
if (value !== undefined)
	new Slow(
		"one",
		{ value, seconds: config.getNumber("seconds") ?? 0 },
		{ parent: box },
	);
console.log("the program speaks");

export const answer = 42;
