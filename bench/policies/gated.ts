import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsHash } from "../../golive/src/index.ts";
import { digestsOnly, readProgram } from "../../golive/src/read/index.ts";
import { checkout } from "../../rehearsal/engine/places.ts";
import { loadStackFile, project } from "../../settings/src/index.ts";
import { writeEvidence } from "../../test/golive/evidenceFolder.ts";
import { people, sha256, trustText } from "../../test/golive/fixture.ts";
import {
	commit,
	git,
	quoted,
	stackFile,
} from "../../test/integration/bypass/stage.ts";
import { largeWorld } from "../decide/largeWorld.ts";

/** Records that a decision is made of, as for `npm run bench:decide`. */
const files = 1_000;
const image = `sha256:${"a".repeat(64)}`;

/** Gives a copy of the program the name of our project, whose stacks the pack's gate rules ask about. */
export function nameAsOurs(program: string): void {
	const file = join(program, "Pulumi.yaml");
	const text = readFileSync(file, "utf8");
	writeFileSync(file, text.replace(/^name: .*$/m, `name: ${project}`));
}

/**
 * Makes its stack "prod" one at gate provision, with a GO beside it that rests on a thousand records.
 * @param salt what the engine wrote into the stack file.
 * @returns what the runner pins.
 */
export async function gateProgram(
	program: string,
	root: string,
	salt: string,
): Promise<Record<string, string>> {
	for (const file of ["golive.yaml", "package-lock.json"]) {
		copyFileSync(join(checkout(), file), join(program, file));
	}
	const config = {
		...stackFile().config,
		[`${project}:phase`]: "provision",
		[`${project}:images`]: { frontend: image, backend: image, cutover: image },
	};
	const file = join(program, "Pulumi.prod.yaml");
	writeFileSync(file, salt + quoted({ config }));
	git(program, "init", "--quiet", ".");
	commit(program);
	const settings = loadStackFile(file);
	const subject = {
		...(await readProgram(program)),
		images: digestsOnly(settings.images),
	};
	const world = largeWorld(
		{ gate: "provision", nowMs: Date.now(), subject },
		{ planHash: undefined, settings: settingsHash(settings) },
		files,
	);
	const evidence = join(root, "evidence");
	writeEvidence(evidence, world);
	const trust = join(root, "trust.json");
	writeFileSync(trust, trustText([...people.values()]));
	return {
		CUTOVER_EVIDENCE: evidence,
		CUTOVER_TRUST: trust,
		CUTOVER_TRUST_SHA256: sha256(readFileSync(trust)),
		CUTOVER_RELEASE: world.context.release,
		CUTOVER_PROGRAM: program,
	};
}
