import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError, reasonOf } from "../errors.ts";
import { maskSecrets } from "../masking.ts";
import type { ChecklistItem } from "./checklist.ts";
import type { Gathered } from "./gather.ts";
import { renderInventory } from "./markdown.ts";
import type { Risk } from "./risks/index.ts";

/**
 * Makes the folder before anything else: better to hear of it now than after the work.
 *
 * @throws RefusedError when it cannot be written to.
 */
export async function prepareFolder(folder: string): Promise<void> {
	const probe = join(folder, `.inventory-${process.pid}`);
	try {
		await mkdir(folder, { recursive: true });
		await writeFile(probe, "");
	} catch (error) {
		throw new RefusedError(
			`cannot write into the report folder: ${reasonOf(error)}; name another with --report-dir`,
			{ cause: error },
		);
	} finally {
		await rm(probe, { force: true }).catch(() => undefined);
	}
}

/** Writes the files of an inventory, each whole or not at all; answers their names. */
export async function writeInventory(
	folder: string,
	found: Gathered,
	risks: readonly Risk[],
	checklist: readonly ChecklistItem[],
): Promise<readonly string[]> {
	const json = (value: unknown, masked = (text: string) => text) =>
		`${JSON.stringify(value, (_, one: unknown) => (typeof one === "string" ? masked(one) : one), 2)}\n`;
	const files = {
		"legacy_inventory.json": json(
			{ ...found.inventory, risks, checklist },
			maskSecrets,
		),
		"legacy_schema.sql": found.schemaSql,
		"legacy_api_docs.json":
			found.apiDocument === undefined ? undefined : json(found.apiDocument),
		"inventory.md": maskSecrets(
			renderInventory(found.inventory, risks, checklist),
		),
	};
	const written: string[] = [];
	for (const [name, text] of Object.entries(files)) {
		const path = join(folder, name);
		if (text === undefined) {
			// What an earlier run left would pass for a part of this one.
			await rm(path, { force: true });
			continue;
		}
		await writeFile(`${path}.part`, text);
		await rename(`${path}.part`, path);
		written.push(path);
	}
	return written;
}
