import { readFile } from "node:fs/promises";
import { dumpSchema } from "../adapters/pgDump.ts";
import type { Session } from "../adapters/postgres.ts";
import type { Talk } from "../console.ts";
import type { Mapping } from "../conversion/mapping.ts";
import { durationText } from "../convert/progress.ts";
import { isKind, reasonOf } from "../errors.ts";
import { findSuccessors, readApi } from "./apiDocument.ts";
import { readAppSettings } from "./appSettings.ts";
import { readTables, readViews } from "./catalog.ts";
import { countTables, usualChunkBlocks } from "./counting.ts";
import type { ApiFacts, Inventory, Part, SettingDependency } from "./facts.ts";
import { compareFiles, type Folder, walkFolder } from "./files.ts";
import { judgeSource } from "./judging.ts";
import { loadDocument } from "./loadDocument.ts";
import { openReader, type Reader } from "./reader.ts";
import { readSequences } from "./sequences.ts";
import {
	countLargeObjects,
	readClients,
	readExtensions,
	readForeignServers,
	readLanguages,
	readReplication,
	readRoles,
	readServer,
	readSlots,
} from "./server.ts";
import type { InventorySettings } from "./settings.ts";

/** Everything that was found, with the documents that are kept beside the inventory. */
export interface Gathered {
	readonly inventory: Inventory;
	readonly schemaSql?: string;
	readonly apiDocument?: unknown;
}

/** Reads all parts of the legacy system. The session is left inside a transaction that only reads. */
export async function gather(
	session: Session,
	settings: InventorySettings,
	mapping: Mapping,
	talk: Talk,
	signal: AbortSignal,
): Promise<Gathered> {
	// What lies outside the database comes first: a snapshot held for long keeps the source from cleaning up.
	const outside: Outside = { unread: [] };
	const api = await readApis(settings, outside);
	const appSettings = await readSettingsFile(settings, outside);
	const folder = await readFolder(settings, outside, talk, signal);
	const takenAt = new Date().toISOString();
	const { reader, snapshot } = await openReader(session, settings, signal);
	for (const { part, what, why } of outside.unread) {
		reader.skip(part, what, why);
	}
	const server = await readServer(reader);
	const schemaSql = await ticking(talk, "dumping the schema", () =>
		dump(reader, snapshot, server.versionNumber, { settings, signal }),
	);
	const tables = await countTables(reader, await readTables(reader), {
		talk,
		versionNumber: server.versionNumber,
		chunkBlocks: usualChunkBlocks,
	});
	const conversion = await ticking(
		talk,
		"asking the conversion which rows it would keep back",
		() => judgeSource(reader, mapping, settings.duplicates),
	);
	const inventory: Inventory = {
		formatVersion: 1,
		takenAt,
		server,
		roles: await readRoles(reader),
		extensions: await readExtensions(reader),
		languages: await readLanguages(reader),
		tables,
		views: await readViews(reader),
		sequences: await readSequences(reader),
		foreignServers: await readForeignServers(reader),
		...(await readReplication(reader)),
		replicationSlots: await readSlots(reader),
		largeObjects: await countLargeObjects(reader),
		conversion,
		api: api?.facts ?? null,
		files:
			folder === undefined
				? null
				: await compareFiles(reader, folder.root, folder.files, mapping, talk),
		dependencies: {
			settings: appSettings ?? null,
			clients: await readClients(reader),
		},
		unread: reader.unread,
	};
	return {
		inventory,
		...(schemaSql !== undefined && { schemaSql }),
		...(api !== undefined && { apiDocument: api.document }),
	};
}

/** Shows that work goes on which cannot say how far it is. */
async function ticking<T>(
	talk: Talk,
	text: string,
	work: () => Promise<T>,
): Promise<T> {
	const startedAt = performance.now();
	const show = () =>
		talk.progress(
			`${text}, ${durationText((performance.now() - startedAt) / 1000)}`,
		);
	show();
	const timer = setInterval(show, 1_000);
	try {
		return await work();
	} finally {
		clearInterval(timer);
		talk.endProgress();
	}
}

interface Outside {
	readonly unread: { part: Part; what: string; why: string }[];
}

/** The value, or undefined with a note of why there is none. */
async function outsideOf<T>(
	outside: Outside,
	part: Part,
	what: string,
	work: () => Promise<T>,
): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		if (isKind(error, "InterruptedError")) throw error;
		outside.unread.push({ part, what, why: reasonOf(error) });
		return undefined;
	}
}

async function readApis(
	{ apiDocs, newApiDocs, caFile }: InventorySettings,
	outside: Outside,
): Promise<{ facts: ApiFacts; document: unknown } | undefined> {
	if (apiDocs === undefined) {
		outside.unread.push({
			part: "API",
			what: "API document",
			why: "no document was named; give --api-docs, for example http://localhost:8007/api/docs",
		});
		return undefined;
	}
	const legacy = await outsideOf(outside, "API", "API document", async () => {
		const document = await loadDocument(apiDocs, caFile);
		return { document, facts: readApi(apiDocs, document) };
	});
	if (legacy === undefined || newApiDocs === undefined) return legacy;
	const successors = await outsideOf(
		outside,
		"API",
		"API document of the new system",
		async () => {
			const document = await loadDocument(newApiDocs, caFile);
			const current = readApi(newApiDocs, document);
			return findSuccessors(legacy.facts.endpoints, current.endpoints);
		},
	);
	return {
		...legacy,
		facts: { ...legacy.facts, successors: successors ?? null },
	};
}

async function readSettingsFile(
	{ appEnv }: InventorySettings,
	outside: Outside,
): Promise<readonly SettingDependency[] | undefined> {
	if (appEnv === undefined) {
		outside.unread.push({
			part: "application settings",
			what: "settings file",
			why: "no file was named; give --app-env, the .env file of the legacy application",
		});
		return undefined;
	}
	return await outsideOf(
		outside,
		"application settings",
		"settings file",
		async () => readAppSettings(await readFile(appEnv, "utf8")),
	);
}

async function readFolder(
	{ filesSource }: InventorySettings,
	outside: Outside,
	talk: Talk,
	signal: AbortSignal,
): Promise<{ root: string; files: Folder } | undefined> {
	if (filesSource === undefined) {
		outside.unread.push({
			part: "files",
			what: "uploads folder",
			why: "no folder was named; give --files-source",
		});
		return undefined;
	}
	const files = await outsideOf(outside, "files", "uploads folder", () =>
		walkFolder(filesSource, talk, signal),
	);
	return files === undefined ? undefined : { root: filesSource, files };
}

async function dump(
	reader: Reader,
	snapshot: string,
	serverVersionNumber: number,
	{
		settings,
		signal,
	}: {
		readonly settings: InventorySettings;
		readonly signal: AbortSignal;
	},
): Promise<string | undefined> {
	try {
		return await dumpSchema({
			session: reader.session,
			url: settings.source,
			snapshot,
			serverVersionNumber,
			program: settings.pgDump,
			lockTimeoutSeconds: settings.lockTimeoutSeconds,
			signal,
		});
	} catch (error) {
		signal.throwIfAborted();
		reader.skip("schema dump", "legacy_schema.sql", reasonOf(error));
		return undefined;
	}
}
