import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type LaptopCloud,
	openCloud,
} from "../../../rehearsal/cloud/daemon/laptopCloud.ts";
import {
	type VerbRequest,
	verbs,
} from "../../../rehearsal/cloud/daemon/verbs.ts";
import type { Properties } from "../../../rehearsal/cloud/handler.ts";
import { handlers } from "../../../rehearsal/cloud/handlers.ts";

/** A laptop cloud in a folder of its own, without a daemon around it. */
export interface TestCloud extends LaptopCloud {
	ask(verb: string, request: VerbRequest): Promise<Properties>;
	/** Creates a resource under its type's name and answers its id. */
	create(type: string, inputs: Properties, name?: string): Promise<string>;
	remove(): void;
}

export function createTestCloud(): TestCloud {
	const home = mkdtempSync(join(tmpdir(), "laptop-"));
	const laptop = openCloud(
		join(home, "cloud"),
		{ port: 1, accessKeyId: "KEY", secretAccessKey: "secret", token: "token" },
		handlers,
	);
	const quiet = { ...laptop, cloud: { ...laptop.cloud, log: () => {} } };
	const ask = async (verb: string, request: VerbRequest) => {
		const run = verbs[verb];
		if (run === undefined) throw new Error(`no verb ${verb}`);
		return run(request, quiet);
	};
	return {
		...quiet,
		ask,
		async create(type, inputs, name = "thing") {
			const urn = `urn:pulumi:test::test::${type}::${name}`;
			const { id } = await ask("create", { type, urn, name, inputs });
			return String(id);
		},
		remove: () => rmSync(home, { recursive: true, force: true }),
	};
}
