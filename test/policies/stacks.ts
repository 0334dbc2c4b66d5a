import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
	digest,
	type Recording,
	recordProgram,
} from "../components/recording.ts";

export type StackName = "dev" | "staging" | "prod";

/** A stack's program, and what its file gives the AWS provider. */
export interface StackProgram {
	readonly recording: Recording;
	readonly provider: Record<string, unknown>;
}

/** What each file leaves to be filled in before phase backfill, as its own comment says. */
const beforeBackfill = {
	"trusted-login:images": {
		frontend: digest("a"),
		backend: digest("b"),
		cutover: digest("c"),
	},
	"trusted-login:edge": { operatorCidrs: ["203.0.113.0/24"] },
	"trusted-login:legacy": { uploadsFileSystemId: "fs-0123456789abcdef0" },
};

/** Runs the program as `Pulumi.<stack>.yaml` says, in phase live. */
export async function stackProgram(stack: StackName): Promise<StackProgram> {
	const file = `Pulumi.${stack}.yaml`;
	const { config }: { config: Record<string, unknown> } = parse(
		readFileSync(file, "utf8"),
	);
	const settings = {
		...(stack === "dev" ? config : merged(config)),
		"trusted-login:phase": "live",
	};
	const own = Object.entries(settings)
		.filter(([key]) => key.startsWith("trusted-login:"))
		.map(([key, value]) => [key.replace("trusted-login:", ""), value]);
	return {
		recording: await onItsCloud(stack, () =>
			recordProgram(Object.fromEntries(own)),
		),
		provider: { defaultTags: JSON.stringify(config["aws:defaultTags"]) },
	};
}

function merged(config: Record<string, unknown>): Record<string, unknown> {
	const extra = Object.entries(beforeBackfill).map(([key, value]) => [
		key,
		{ ...Object(config[key]), ...value },
	]);
	return { ...config, ...Object.fromEntries(extra) };
}

/** The program refuses a stack of the laptop cloud unless the shell is set to it. */
async function onItsCloud<Result>(
	stack: StackName,
	run: () => Promise<Result>,
): Promise<Result> {
	if (stack !== "dev") return run();
	process.env.TRUSTED_LOGIN_CLOUD = "laptop";
	try {
		return await run();
	} finally {
		delete process.env.TRUSTED_LOGIN_CLOUD;
	}
}
