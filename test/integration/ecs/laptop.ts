import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callJsonApi } from "../../../rehearsal/cloud/api.ts";
import {
	type LaptopCloud,
	openCloud,
	reviveAll,
	suspendAll,
} from "../../../rehearsal/cloud/daemon/laptopCloud.ts";
import { verbs } from "../../../rehearsal/cloud/daemon/verbs.ts";
import { ecrHandlers } from "../../../rehearsal/cloud/ecr/handlers.ts";
import { pushImage } from "../../../rehearsal/cloud/ecr/registry.ts";
import { ecsHandlers } from "../../../rehearsal/cloud/ecs/handlers.ts";
import { elbHandlers } from "../../../rehearsal/cloud/elb/handlers.ts";
import {
	PartialFailure,
	type Properties,
} from "../../../rehearsal/cloud/handler.ts";
import { logsHandlers } from "../../../rehearsal/cloud/logs/handlers.ts";
import { s3Handlers } from "../../../rehearsal/cloud/s3/handlers.ts";
import type { Endpoint } from "../../../rehearsal/engine/places.ts";

const handlers = {
	...ecrHandlers,
	...logsHandlers,
	...elbHandlers,
	...ecsHandlers,
	...s3Handlers,
};

/** Of a cloud that nobody calls over the network. */
const noEndpoint: Endpoint = {
	port: 1,
	accessKeyId: "key",
	secretAccessKey: "secret",
	token: "t",
};

export interface Made {
	readonly type: string;
	readonly urn: string;
	readonly id: string;
	readonly outputs: Properties;
	readonly inputs: Properties;
}

/** The laptop cloud's core in this process, with its real store, registry and logs, in a folder of its own. */
export class TestLaptop {
	readonly home = mkdtempSync(join(tmpdir(), "ecs-"));
	readonly #homeBefore = process.env.TRUSTED_LOGIN_HOME;
	readonly #minuteBefore = process.env.LAPTOP_MINUTE_SECONDS;
	readonly #made: Made[] = [];
	readonly log: string[] = [];
	readonly #endpoint: Endpoint;
	laptop: LaptopCloud;

	constructor(endpoint: Endpoint = noEndpoint) {
		this.#endpoint = endpoint;
		process.env.TRUSTED_LOGIN_HOME = this.home;
		process.env.LAPTOP_MINUTE_SECONDS = "0.5";
		this.laptop = this.#open();
	}

	async make(type: string, name: string, inputs: Properties): Promise<Made> {
		const urn = `urn:pulumi:test::test::${type}::${name}`;
		const answer = await this.#verb("create", { type, urn, name, inputs });
		const made: Made = {
			type,
			urn,
			inputs,
			id: String(answer.id),
			outputs: answer.outputs as Properties,
		};
		this.#made.push(made);
		return made;
	}

	/** Makes a resource that fails on the way, but exists. */
	async makeBadly(
		type: string,
		name: string,
		inputs: Properties,
		message: RegExp,
	): Promise<Made> {
		const urn = `urn:pulumi:test::test::${type}::${name}`;
		let failure: unknown;
		try {
			await this.#verb("create", { type, urn, name, inputs });
		} catch (error) {
			failure = error;
		}
		assert.ok(failure instanceof PartialFailure, String(failure));
		assert.match(failure.message, message);
		const { id, outputs } = failure;
		const made: Made = { type, urn, inputs, id, outputs };
		this.#made.push(made);
		return made;
	}

	async change(made: Made, inputs: Properties): Promise<Made> {
		const { type, urn, id, inputs: oldInputs, outputs } = made;
		const request = { type, urn, id, inputs, oldInputs, outputs };
		const answer = await this.#verb("update", request);
		const changed = {
			...made,
			inputs,
			outputs: answer.outputs as Properties,
		};
		this.#made.splice(this.#made.indexOf(made), 1, changed);
		return changed;
	}

	async remove(made: Made): Promise<void> {
		const { type, urn, id, outputs } = made;
		await this.#verb("delete", { type, urn, id, outputs });
		const index = this.#made.findIndex((one) => one.id === id);
		this.#made.splice(index, 1);
	}

	async read(made: Made): Promise<Properties> {
		const { type, id, outputs } = made;
		const answer = await this.#verb("read", { type, id, outputs });
		return answer.outputs as Properties;
	}

	/** An action of the ECS API; its failure is thrown with its code. */
	async ecs(action: string, input: Properties): Promise<Properties> {
		const target = `AmazonEC2ContainerServiceV20141113.${action}`;
		const { status, body } = await callJsonApi(
			target,
			input,
			this.laptop.cloud,
		);
		const answer = body as Properties;
		assert.equal(status, 200, `${answer.__type}: ${answer.message}`);
		// As a client sees it.
		return JSON.parse(JSON.stringify(answer)) as Properties;
	}

	/** Ends everything that runs and starts it again from what is on disk. */
	async restart(): Promise<void> {
		await suspendAll(this.laptop);
		this.laptop = this.#open();
		await reviveAll(this.laptop);
	}

	/** Pushes a server that answers with its release; `crash` ends it with that line at its start. */
	image(release: string, crash = ""): string {
		const folder = mkdtempSync(join(tmpdir(), "image-"));
		const environment = { RELEASE: release, CRASH: crash };
		const command = ["node", "server.mjs"];
		writeFileSync(
			join(folder, "image.json"),
			JSON.stringify({ command, environment }),
		);
		writeFileSync(join(folder, "server.mjs"), serverSource);
		const { digest } = pushImage("app", folder, release);
		rmSync(folder, { recursive: true });
		return `000000000000.dkr.ecr.us-east-1.amazonaws.com/app@${digest}`;
	}

	/** Deletes every resource, last made first, and the folder. */
	async close(): Promise<void> {
		for (const made of [...this.#made].reverse()) {
			await this.remove(made);
		}
		rmSync(this.home, { recursive: true, force: true });
		restore("TRUSTED_LOGIN_HOME", this.#homeBefore);
		restore("LAPTOP_MINUTE_SECONDS", this.#minuteBefore);
	}

	#open(): LaptopCloud {
		const laptop = openCloud(
			join(this.home, "cloud"),
			this.#endpoint,
			handlers,
		);
		const log = (message: string) => {
			this.log.push(message);
		};
		return { ...laptop, cloud: { ...laptop.cloud, log } };
	}

	async #verb(name: string, request: Properties): Promise<Properties> {
		const verb = verbs[name];
		assert.ok(verb);
		return await verb(request, this.laptop);
	}
}

const serverSource = `
import http from "node:http";
const { RELEASE, CRASH, PORT, HOST, ECS_TASK_ARN } = process.env;
if (CRASH) { console.error(CRASH); process.exit(3); }
const server = http.createServer((request, response) => {
	let bytes = 0;
	request.on("data", (chunk) => { bytes += chunk.length; });
	request.on("end", () => {
		response.setHeader("x-release", RELEASE);
		response.end(JSON.stringify({ release: RELEASE, bytes, headers: request.headers }));
	});
});
server.listen(Number(PORT), HOST, () => console.log("release " + RELEASE + " listens"));
process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

function restore(name: string, value: string | undefined): void {
	if (value === undefined) {
		delete process.env[name];
	} else {
		process.env[name] = value;
	}
}
