import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Cloud, Properties } from "../handler.ts";
import { dataFolder } from "./server.ts";

/** `HOME/snapshots`: beside the cloud's folder, because snapshots outlive their instance and the whole cloud. */
export const snapshotsFolder = (cloud: Cloud): string =>
	join(dirname(cloud.root), "snapshots");

/**
 * The name of the final snapshot, or undefined when none is wanted.
 * @throws when none is named, or one of this name exists: before anything is stopped.
 */
export function requireSnapshotName(
	cloud: Cloud,
	outputs: Properties,
): string | undefined {
	if (outputs.skipFinalSnapshot === true) return undefined;
	const name = outputs.finalSnapshotIdentifier;
	if (typeof name !== "string")
		throw new Error(
			"InvalidParameterCombination: finalSnapshotIdentifier is required when skipFinalSnapshot is false",
		);
	if (!/^[a-zA-Z](?:-?[a-zA-Z0-9]){0,254}$/.test(name))
		throw new Error(
			`InvalidParameterValue: '${name}' is not an identifier for a snapshot`,
		);
	const folder = join(snapshotsFolder(cloud), name);
	if (existsSync(folder))
		throw new Error(
			`DBSnapshotAlreadyExists: the snapshot ${name} already exists: ${folder}; remove it, or set another finalSnapshotIdentifier and update first`,
		);
	return name;
}

/** Keeps the data of a server that was stopped properly: the same files, in their new place. */
export function keepFinalSnapshot(
	cloud: Cloud,
	name: string,
	instanceFolder: string,
	outputs: Properties,
): string {
	const folder = join(snapshotsFolder(cloud), name);
	mkdirSync(folder, { recursive: true, mode: 0o711 });
	renameSync(dataFolder(instanceFolder), join(folder, "data"));
	const { identifier, username, dbName, engineVersionActual } = outputs;
	writeFileSync(
		join(folder, "snapshot.json"),
		`${JSON.stringify({ identifier, username, dbName, engineVersionActual, createdAt: new Date().toISOString() }, null, "\t")}\n`,
	);
	return folder;
}
