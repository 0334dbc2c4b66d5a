import { join } from "node:path";
import { loadStackFile, type Phase } from "@trusted-login/settings";
import { type Gate, parseChecklist } from "../checklist.ts";
import type { Question } from "../decide.ts";
import { TrustError } from "../errors.ts";
import { settingsHash } from "../evidenceSet.ts";
import { parseTrust } from "../trust.ts";
import { openPlace } from "./open.ts";
import { messageOf, readText } from "./place.ts";
import { readRecords } from "./records.ts";
import { readProgram, readProgramFile } from "./subject.ts";

/** What is read of a stack's settings; every other key is hashed. */
export interface DecidedSettings {
	readonly phase: Phase;
	readonly images: Readonly<Record<string, string | undefined>>;
}

/** Where everything lies that a decision is made of. */
export interface Where {
	/** Top of the program: golive.yaml and the stack files. */
	readonly root: string;
	readonly stack: string;
	readonly gate: Gate;
	readonly release: string;
	/** Folder or `s3://bucket/prefix`. */
	readonly evidence: string;
	/** File of the trusted keys, and the sha256 (hex) that it must have. */
	readonly trust: string;
	readonly trustSha256: string;
	/** Images by name, `sha256:...`. Default: as the stack file says. */
	readonly images?: Readonly<Record<string, string | undefined>> | undefined;
	/** What the engine made of the stack file; given by the locks. Default: as the stack file says. */
	readonly settings?: DecidedSettings | undefined;
	/** File with the hashes of tree and lock file, where there is no git checkout. */
	readonly programFile?: string | undefined;
	readonly planHash?: string | undefined;
	/** See `Context`. */
	readonly isUpdate?: boolean | undefined;
	/** Default: now. */
	readonly nowMs?: number | undefined;
}

/**
 * Reads what a decision is made of; `decide` judges it.
 * @throws ChecklistError, TrustError, EvidenceError, SettingsError: in each case there is no GO.
 */
export async function readQuestion(
	where: Where,
): Promise<Question & { readonly phase: Phase }> {
	const { root, stack, gate, release } = where;
	const settings: DecidedSettings =
		where.settings ?? loadStackFile(join(root, `Pulumi.${stack}.yaml`));
	const [checklistText, trustText, records, program] = await Promise.all([
		readText(join(root, "golive.yaml")),
		readText(where.trust).catch((error: unknown) => {
			throw new TrustError(
				`the trusted keys cannot be read: ${messageOf(error)}`,
				{ cause: error },
			);
		}),
		openPlace(where.evidence).then((place) =>
			readRecords(place, { release }).finally(() => place.close()),
		),
		where.programFile === undefined
			? readProgram(root)
			: readProgramFile(where.programFile),
	]);
	return {
		checklist: parseChecklist(checklistText, "golive.yaml"),
		trust: parseTrust(trustText, where.trustSha256, where.trust),
		records,
		context: {
			stack,
			gate,
			release,
			subject: {
				...program,
				images: digestsOnly(where.images ?? settings.images),
			},
			settings: settingsHash(settings),
			planHash: where.planHash,
			isUpdate: where.isUpdate,
		},
		nowMs: where.nowMs ?? Date.now(),
		phase: settings.phase,
	};
}

/** Images named by digest; one named by a tag is not proven by anything. */
export function digestsOnly(
	images: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(images).flatMap(([name, reference]) => {
			const digest = /(?:^|@)sha256:([0-9a-f]{64})$/.exec(reference ?? "")?.[1];
			return digest === undefined ? [] : [[name, digest]];
		}),
	);
}
