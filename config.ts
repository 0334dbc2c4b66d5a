import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
	parseConfiguration,
	project,
	SettingsError,
	type StackSettings,
} from "@trusted-login/settings";

/** All that the program reads from outside. */
export interface ProgramConfig {
	readonly settings: StackSettings;
	/** The settings as the stack file says them, which is what a decision is made over. */
	readonly stored: StackSettings;
	readonly region: string;
	readonly legacyDatabaseUrl: pulumi.Output<string>;
	readonly jwtSecret: pulumi.Output<string>;
	/** Accounts with known passwords that the final sync signs in with: `[{"email", "password"}]`. */
	readonly canaries: pulumi.Output<string>;
	/** Verifies the laptop cloud's certificates; AWS's need none. */
	readonly caFile: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the stack's configuration.
 * @param environment of the process: it says which cloud the shell talks to.
 * @throws pulumi.RunError naming every bad key, or the command that brings shell and stack together.
 */
export function loadConfig(
	environment: Environment = process.env,
): ProgramConfig {
	const stored = parseStored(`Pulumi.${pulumi.getStack()}.yaml`);
	requireMatchingCloud(stored.cloud, environment);
	const home =
		stored.cloud === "laptop" ? environment.TRUSTED_LOGIN_HOME : undefined;
	return {
		stored,
		settings:
			home === undefined ? stored : { ...stored, legacy: atHome(stored, home) },
		region: new pulumi.Config("aws").require("region"),
		legacyDatabaseUrl: loadSecret("legacyDatabaseUrl", {
			file: environment.TRUSTED_LOGIN_LEGACY_DATABASE_URL_FILE,
			home: home && join(home, "legacy", "database-url"),
		}),
		jwtSecret: loadSecret("jwtSecret", {
			file: environment.TRUSTED_LOGIN_JWT_SECRET_FILE,
			home: home && join(home, "legacy", "jwt-secret"),
		}),
		canaries: loadSecret("canaries", {
			file: environment.TRUSTED_LOGIN_CANARIES_FILE,
			home: home && join(home, "legacy", "canaries"),
		}),
		caFile: home && join(home, "cloud", "acm", "ca.pem"),
	};
}

function parseStored(file: string): StackSettings {
	try {
		return parseConfiguration(pulumi.runtime.allConfig(), file);
	} catch (error) {
		// A RunError is printed without a stack trace: the reader has to edit a file, not this program.
		throw error instanceof SettingsError
			? new pulumi.RunError(error.message)
			: error;
	}
}

function requireMatchingCloud(
	cloud: StackSettings["cloud"],
	environment: Environment,
): void {
	const shell = environment.TRUSTED_LOGIN_CLOUD;
	if (cloud === "laptop" && shell !== "laptop") {
		throw new pulumi.RunError(
			`stack ${pulumi.getStack()} lives on the laptop cloud: expected TRUSTED_LOGIN_CLOUD=laptop, got ${shell ?? "nothing"}; ` +
				'run eval "$(npx cutover env)" and try again',
		);
	}
	if (cloud === "aws" && shell !== undefined) {
		throw new pulumi.RunError(
			`stack ${pulumi.getStack()} lives on AWS, but this shell is set to the ${shell} cloud (TRUSTED_LOGIN_CLOUD): ` +
				'open a new shell without eval "$(npx cutover env)" and try again',
		);
	}
}

/** The rehearsal's uploads lie in its own folder, whose place no stack file can know. */
function atHome({ legacy }: StackSettings, home: string) {
	return { ...legacy, uploadsDirectory: join(home, legacy.uploadsDirectory) };
}

function loadSecret(
	name: string,
	places: { file: string | undefined; home: string | undefined },
): pulumi.Output<string> {
	const stored = new pulumi.Config(project).getSecret(name);
	if (stored) return stored;
	const file = places.file ?? places.home;
	if (file === undefined) {
		throw new pulumi.RunError(
			`${project}:${name} is missing: run pulumi config set --secret ${name}`,
		);
	}
	return pulumi.secret(readSecretFile(name, file));
}

function readSecretFile(name: string, file: string): string {
	let text: string;
	try {
		text = readFileSync(file, "utf8").trim();
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		throw new pulumi.RunError(
			`${project}:${name} is in no configuration and its file cannot be read (${reason}): run npm start, or pulumi config set --secret ${name}`,
		);
	}
	if (text === "") {
		throw new pulumi.RunError(
			`${project}:${name}: expected a value in ${file}, got an empty file; run npm start`,
		);
	}
	return text;
}
