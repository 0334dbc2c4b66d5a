import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** A resource as the engine would have been asked for it. */
export interface Recorded {
	readonly urn: string;
	readonly type: string;
	readonly name: string;
	readonly parent: string;
	readonly inputs: Readonly<Record<string, unknown>>;
	readonly dependencies: readonly string[];
	readonly protect: boolean;
	readonly ignoreChanges: readonly string[];
}

/** Everything that a program registered, in that order. */
export class Recording {
	readonly resources: readonly Recorded[];
	readonly outputs: Readonly<Record<string, unknown>>;

	constructor(
		resources: readonly Recorded[],
		outputs: Readonly<Record<string, unknown>>,
	) {
		this.resources = resources;
		this.outputs = outputs;
	}

	ofType(type: string): readonly Recorded[] {
		return this.resources.filter((resource) => resource.type === type);
	}

	/** The resource of that type and logical name; an error lists the names there are. */
	get(type: string, name: string): Recorded {
		const found = this.ofType(type).find((resource) => resource.name === name);
		if (!found) {
			const names = this.ofType(type).map((resource) => resource.name);
			throw new Error(
				`no ${type} named ${name}; there are: ${names.join(", ") || "none"}`,
			);
		}
		return found;
	}

	/** Whether `later` was asked for only after `earlier` was there. */
	isOrdered(earlier: Recorded, later: Recorded): boolean {
		return this.resources.indexOf(earlier) < this.resources.indexOf(later);
	}
}

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** Settings of a stack on AWS, as its file says them. */
export function stackConfig(
	phase: string,
	overrides: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
	return {
		cloud: "aws",
		phase,
		edge: { operatorCidrs: ["203.0.113.0/24"] },
		images: { frontend: digest("a"), backend: digest("b"), cutover: "v7" },
		legacy: {
			frontend: { host: "10.20.0.10" },
			api: { host: "10.20.0.11" },
			uploadsDirectory: "/srv/uploads",
			uploadsFileSystemId: "fs-0123456789abcdef0",
		},
		api: { deprecationDate: "2026-12-01", sunsetDate: "2027-06-30" },
		...overrides,
	};
}

/** Runs index.ts against a cloud that says yes to everything. */
export async function recordProgram(
	config: Readonly<Record<string, unknown>>,
): Promise<Recording> {
	setStackConfig({ ...config, gate: { mode: "advisory" } });
	return withAdvisoryGate(() =>
		record(async () => {
			runs += 1;
			// The query makes it another module: a program runs once per import.
			const program: unknown = await import(`../../index.ts?run=${runs}`);
			return typeof program === "object" ? { ...program } : {};
		}),
	);
}

/** Trusted keys that let the mocked stack do without GO, pinned as a runner pins them. */
async function withAdvisoryGate<T>(work: () => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), "trusted-login-trust-"));
	const file = join(folder, "trust.json");
	const { publicKey } = generateKeyPairSync("ed25519");
	const der = publicKey.export({ type: "spki", format: "der" });
	const key = { publicKey: der.toString("base64"), holder: "test" };
	const thresholds = {
		technical_readiness: 100,
		business_readiness: 90,
		operational_readiness: 100,
	};
	const text = JSON.stringify({
		version: 1,
		keys: [{ ...key, role: "CTO" }],
		minimum: {
			thresholds,
			decisionMakers: ["CTO"],
			criteria: [{ id: "all-critical-tests-passing", gates: ["cutover"] }],
			advisory: ["test"],
		},
	});
	writeFileSync(file, text);
	const sha256 = createHash("sha256").update(text).digest("hex");
	const pinned = { CUTOVER_TRUST: file, CUTOVER_TRUST_SHA256: sha256 };
	Object.assign(process.env, pinned);
	try {
		return await work();
	} finally {
		for (const name of Object.keys(pinned)) delete process.env[name];
		rmSync(folder, { recursive: true });
	}
}

/** Puts a stack's configuration where pulumi.Config finds it. */
export function setStackConfig(
	config: Readonly<Record<string, unknown>>,
	secrets: Readonly<Record<string, string>> = {
		legacyDatabaseUrl: "postgresql://cutover:legacy-password@10.20.0.12/legacy",
		jwtSecret: "jwt-secret-value",
		canaries: "canary-password",
	},
): void {
	const entries = Object.entries(config).map(([key, value]) => [
		`trusted-login:${key}`,
		typeof value === "string" ? value : JSON.stringify(value),
	]);
	const secretEntries = Object.entries(secrets).map(([key, value]) => [
		`trusted-login:${key}`,
		value,
	]);
	pulumi.runtime.setAllConfig(
		{
			"aws:region": "us-east-1",
			...Object.fromEntries(entries),
			...Object.fromEntries(secretEntries),
		},
		secretEntries.map(([key]) => String(key)),
	);
}

let runs = 0;
let current: { recorded: Recorded[]; inputs: Map<string, Inputs> } = {
	recorded: [],
	inputs: new Map(),
};

type Inputs = Record<string, unknown>;

interface RegisterRequest {
	getType(): string;
	getName(): string;
	getParent(): string;
	getDependenciesList(): string[];
	getProtect(): boolean | undefined;
	getIgnorechangesList(): string[];
}

type RegisterCallback = (
	error: unknown,
	response: { getUrn(): string } | undefined,
) => void;

/** The mocks of Pulumi leave parents, dependencies and options out: they are read from the request itself. */
const registerResource = MockMonitor.prototype.registerResource;
MockMonitor.prototype.registerResource = function (
	request: RegisterRequest,
	callback: RegisterCallback,
) {
	const { recorded, inputs } = current;
	return registerResource.call(this, request, ((error, response) => {
		const type = request.getType();
		const name = request.getName();
		recorded.push({
			urn: response?.getUrn() ?? "",
			type,
			name,
			parent: request.getParent(),
			inputs: inputs.get(`${type} ${name}`) ?? {},
			dependencies: request.getDependenciesList(),
			protect: request.getProtect() ?? false,
			ignoreChanges: request.getIgnorechangesList(),
		});
		callback(error, response);
	}) satisfies RegisterCallback);
};

/** Runs part of a program against the same cloud; much faster than the whole. */
export async function record(
	program: () => Promise<Record<string, unknown>> | Record<string, unknown>,
): Promise<Recording> {
	current = { recorded: [], inputs: new Map() };
	const { recorded, inputs } = current;
	await pulumi.runtime.setMocks(
		{
			newResource: ({ type, name, inputs: given }) => {
				inputs.set(`${type} ${name}`, given);
				return {
					id: `${name}-id`,
					state: { ...given, ...cloudOutputs(type, name) },
				};
			},
			call: ({ token, inputs: given }) => {
				if (token !== "aws:ecr/getImage:getImage") {
					throw new Error(`unexpected function ${token}`);
				}
				return { ...given, imageDigest: digest("c") };
			},
		},
		"trusted-login",
		"test",
	);
	const outputs = await program();
	await settle(recorded);
	return new Recording(recorded, await resolve(outputs));
}

/** What the cloud adds to a resource's inputs, as far as the program reads it. */
function cloudOutputs(type: string, name: string): Record<string, unknown> {
	const arn = `arn:aws:${type.split("/")[0]?.replace("aws:", "")}:us-east-1:123456789012:${name}`;
	switch (type) {
		case "aws:rds/instance:Instance":
			return {
				arn,
				address: `${name}.rds.amazonaws.com`,
				endpoint: `${name}.rds.amazonaws.com:5432`,
				masterUserSecrets: [{ secretArn: `${arn}-master` }],
			};
		case "aws:ecr/repository:Repository":
			return {
				arn,
				repositoryUrl: `123456789012.dkr.ecr.us-east-1.amazonaws.com/${name}`,
			};
		case "aws:lb/loadBalancer:LoadBalancer":
			return { arn, dnsName: `${name}.elb.amazonaws.com` };
		case "aws:s3/bucket:Bucket":
			return { arn, bucket: `${name}-1234567` };
		case "aws:acm/certificate:Certificate":
			return { arn, domainValidationOptions: [] };
		default:
			return { arn };
	}
}

async function resolve(
	outputs: Record<string, unknown>,
): Promise<Record<string, unknown>> {
	return new Promise((done) => {
		pulumi.output(outputs).apply(done);
	});
}

/** Registrations follow each other asynchronously: settled means none came for several turns. */
async function settle(recorded: readonly Recorded[]): Promise<void> {
	let quietTurns = 0;
	let seen = -1;
	while (quietTurns < 5) {
		quietTurns = recorded.length === seen ? quietTurns + 1 : 0;
		seen = recorded.length;
		await new Promise((next) => setTimeout(next, 10));
	}
}
