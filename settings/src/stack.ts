import { z } from "zod";
import { isPrivateAddress } from "./cidr.ts";
import { databaseSettings } from "./database.ts";
import { edgeSettings } from "./edge.ts";
import { legacySettings } from "./legacy.ts";
import { networkSettings } from "./network.ts";
import {
	apiSettings,
	gateSettings,
	logSettings,
	reportSettings,
	repositorySettings,
	secretSettings,
	uploadSettings,
} from "./operations.ts";
import { imageSettings, jobSettings, serviceSettings } from "./release.ts";

/** The project: the namespace of its keys in a stack file. */
export const project = "trusted-login";

/** Keys that hold secrets: never parsed here, encrypted in a stack file. */
export const secretNames: readonly string[] = [
	"legacyDatabaseUrl",
	"jwtSecret",
	"canaries",
];

const stackSettings = z
	.strictObject({
		/** Where the stack lives: the laptop cloud or AWS. A stack never moves. */
		cloud: z.enum(["laptop", "aws"]),
		platform: z.literal("ecs").default("ecs"),
		/** provision: idle · backfill: data copied, traffic on legacy · live: fenced, synced, switched. */
		phase: z.enum(["provision", "backfill", "live"]).default("provision"),
		network: networkSettings.prefault({}),
		database: databaseSettings.prefault({}),
		edge: edgeSettings.prefault({}),
		images: imageSettings.prefault({}),
		services: serviceSettings.prefault({}),
		jobs: jobSettings.prefault({}),
		legacy: legacySettings,
		api: apiSettings,
		logs: logSettings.prefault({}),
		uploads: uploadSettings.prefault({}),
		reports: reportSettings.prefault({}),
		repositories: repositorySettings.prefault({}),
		secrets: secretSettings.prefault({}),
		gate: gateSettings.prefault({}),
	})
	.superRefine((stack, context) => {
		const problems = [
			...phaseProblems(stack),
			...(stack.cloud === "aws" ? awsProblems(stack) : laptopProblems(stack)),
		];
		for (const { path, message } of problems) {
			context.addIssue({ code: "custom", path: path.split("."), message });
		}
	});

/** What a stack file says, checked and with every default filled in. */
export type StackSettings = z.infer<typeof stackSettings>;
export type Phase = StackSettings["phase"];

/** A stack file that cannot be used. The message names the file and every bad key. */
export class SettingsError extends Error {
	override readonly name = "SettingsError";
	readonly file: string;

	constructor(file: string, problems: string) {
		super(`${file} cannot be used:\n${problems}`);
		this.file = file;
	}
}

/** The top-level keys that a stack file may have, without the `trusted-login:` in front. */
export const settingNames: readonly string[] = Object.keys(stackSettings.shape);

/**
 * Checks what a stack file says.
 * @param file named in the error, so that the reader knows what to edit.
 * @throws SettingsError naming every bad key.
 */
export function parseSettings(untrusted: unknown, file: string): StackSettings {
	const result = stackSettings.safeParse(untrusted);
	if (!result.success) {
		throw new SettingsError(file, z.prettifyError(result.error));
	}
	return result.data;
}

/**
 * The same from a stack's configuration as the engine hands it over: every value a text, objects as JSON. Secrets and other
 * namespaces are passed over; a misspelt key is an error and not a silent default.
 * @throws SettingsError naming every bad key.
 */
export function parseConfiguration(
	configuration: Readonly<Record<string, string>>,
	file: string,
): StackSettings {
	const prefix = `${project}:`;
	const own = Object.entries(configuration)
		.filter(([key]) => key.startsWith(prefix))
		.map(([key, text]) => [key.slice(prefix.length), text] as const)
		.filter(([name]) => !secretNames.includes(name));
	return parseSettings(
		Object.fromEntries(own.map(([name, text]) => [name, storedValue(text)])),
		file,
	);
}

function storedValue(text: string): unknown {
	if (!text.startsWith("{")) return text;
	try {
		return JSON.parse(text);
	} catch {
		// Refused by the schema, which names the key.
		return text;
	}
}

interface Problem {
	readonly path: string;
	readonly message: string;
}

function phaseProblems(stack: StackSettings): Problem[] {
	if (stack.phase === "provision") return [];
	const missing = (["frontend", "backend", "cutover"] as const).filter(
		(image) => stack.images[image] === undefined,
	);
	const problems = missing.map((image) => ({
		path: `images.${image}`,
		message: `expected a digest or tag in phase ${stack.phase}, got none`,
	}));
	return stack.edge.operatorCidrs.length > 0
		? problems
		: [
				...problems,
				{
					path: "edge.operatorCidrs",
					message: `expected at least one network in phase ${stack.phase}: the smoke check comes from there`,
				},
			];
}

function awsProblems(stack: StackSettings): Problem[] {
	const problems: Problem[] = [];
	if (stack.network.natGateways === "none") {
		problems.push({
			path: "network.natGateways",
			message:
				"expected one or perZone on AWS: without it no task can pull its image",
		});
	}
	for (const part of ["frontend", "api"] as const) {
		const { host } = stack.legacy[part];
		if (!isPrivateAddress(host)) {
			problems.push({
				path: `legacy.${part}.host`,
				message: `expected a private address reached by VPN or peering, got ${host}: an ALB takes no other`,
			});
		}
	}
	if (!stack.legacy.uploadsDirectory.startsWith("/")) {
		problems.push({
			path: "legacy.uploadsDirectory",
			message: `expected an absolute path, got ${stack.legacy.uploadsDirectory}`,
		});
	}
	if (stack.phase !== "provision" && !stack.legacy.uploadsFileSystemId) {
		problems.push({
			path: "legacy.uploadsFileSystemId",
			message: `expected an EFS file system in phase ${stack.phase}: a task has no other way to the legacy uploads`,
		});
	}
	return problems;
}

function laptopProblems(stack: StackSettings): Problem[] {
	const { http, https, test } = stack.edge.ports;
	const taken = new Map<number, string>();
	return Object.entries({
		"edge.ports.http": http,
		"edge.ports.https": https,
		"edge.ports.test": test,
		"legacy.frontend.port": stack.legacy.frontend.port,
		"legacy.api.port": stack.legacy.api.port,
		"database.port": stack.database.port,
	}).flatMap(([path, port]) => {
		const other = taken.get(port);
		taken.set(port, other ?? path);
		return other
			? [{ path, message: `${port} is ${other}'s: one machine, one port each` }]
			: [];
	});
}
