import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Cloud, Properties, StoredResource } from "../handler.ts";
import { isRunning, type ProcessIdentity } from "../processes.ts";
import { loadKey, seal, unseal } from "../secretsmanager/seal.ts";
import { parametersOf, serverSettings } from "./parameters.ts";
import {
	initializeServer,
	portInUse,
	reloadServer,
	runningServer,
	startServer,
	stopServer,
	writeConfiguration,
} from "./server.ts";
import { ensureServerCertificate, writeAccessRules } from "./tls.ts";

/** What the laptop cloud knows of a database server beside its resource. */
interface ServerDocument {
	readonly port: number;
	readonly sealedAdminPassword: string;
	readonly process?: ProcessIdentity;
}

const collection = "rds-servers";
const watches = new Map<string, NodeJS.Timeout>();

/** Makes a server of its own for an instance, and leaves nothing behind when that fails. */
export async function createInstanceServer(
	cloud: Cloud,
	identifier: string,
	port: number,
	parameterGroup: string | undefined,
): Promise<{ adminPassword: string }> {
	await requireFreePort(port);
	const folder = instanceFolder(cloud.root, identifier);
	await discardLeftOver(folder);
	const adminPassword = randomBytes(24).toString("base64url");
	const sealedAdminPassword = seal(keyOf(cloud), adminPassword, identifier);
	try {
		await initializeServer(folder, adminPassword);
		await configure(cloud, folder, port, parametersOf(cloud, parameterGroup));
		const running = await startServer(folder);
		cloud.documents.put<ServerDocument>(collection, identifier, {
			port,
			sealedAdminPassword,
			process: running,
		});
	} catch (error) {
		await removeInstanceServer(cloud, identifier);
		throw error;
	}
	watch(cloud, identifier);
	return { adminPassword };
}

/** Adopts the server that runs, or starts it again. */
export async function reviveInstanceServer(
	cloud: Cloud,
	identifier: string,
): Promise<void> {
	const known = requireDocument(cloud, identifier);
	const folder = instanceFolder(cloud.root, identifier);
	if (known.process === undefined || !isRunning(known.process)) {
		const running = await startServer(folder, known.process);
		cloud.documents.put<ServerDocument>(collection, identifier, {
			...known,
			process: running,
		});
		cloud.log(`database ${identifier} started again on port ${known.port}`);
	}
	watch(cloud, identifier);
}

export async function stopInstanceServer(
	cloud: Cloud,
	identifier: string,
): Promise<void> {
	clearInterval(watches.get(identifier));
	watches.delete(identifier);
	const known = cloud.documents.get<ServerDocument>(collection, identifier);
	if (known?.process !== undefined)
		await stopServer(instanceFolder(cloud.root, identifier), known.process);
}

/** Ends the server and removes its data. */
export async function removeInstanceServer(
	cloud: Cloud,
	identifier: string,
): Promise<void> {
	await stopInstanceServer(cloud, identifier);
	const folder = instanceFolder(cloud.root, identifier);
	await discardLeftOver(folder);
	cloud.documents.remove(collection, identifier);
}

/** Moves the server to another port or parameter group: both need a restart. */
export async function reconfigureInstance(
	cloud: Cloud,
	identifier: string,
	port: number,
	parameterGroup: string | undefined,
): Promise<void> {
	const known = requireDocument(cloud, identifier);
	if (port !== known.port) await requireFreePort(port);
	const folder = instanceFolder(cloud.root, identifier);
	const parameters = parametersOf(cloud, parameterGroup);
	if (!(await configure(cloud, folder, port, parameters))) return;
	await stopInstanceServer(cloud, identifier);
	const started = async (document: ServerDocument) => {
		const running = await startServer(folder);
		cloud.documents.put<ServerDocument>(collection, identifier, {
			...document,
			process: running,
		});
		watch(cloud, identifier);
	};
	try {
		await started({ ...known, port });
	} catch (error) {
		// Back to where it was: a refused change must not cost the database.
		await configure(cloud, folder, known.port, parameters);
		await started(known);
		throw error;
	}
}

/** Gives a running server new parameters without a restart. */
export async function applyParameters(
	instance: StoredResource,
	parameters: readonly Properties[],
	cloud: Cloud,
): Promise<void> {
	const known = requireDocument(cloud, instance.id);
	const folder = instanceFolder(cloud.root, instance.id);
	if (await configure(cloud, folder, known.port, parameters))
		await reloadServer(folder);
}

/** Writes what the server reads at a start or reload. Answers whether it is something else than before. */
async function configure(
	cloud: Cloud,
	folder: string,
	port: number,
	parameters: readonly Properties[],
): Promise<boolean> {
	const settings = serverSettings(port, parameters);
	const tlsOnly = settings.ssl === "on";
	if (tlsOnly) await ensureServerCertificate(cloud.root, folder);
	writeAccessRules(folder, tlsOnly);
	return writeConfiguration(folder, settings);
}

export function adminPasswordOf(cloud: Cloud, identifier: string): string {
	const { sealedAdminPassword } = requireDocument(cloud, identifier);
	return unseal(keyOf(cloud), sealedAdminPassword, identifier);
}

/** The folder of an instance; the identifier is checked, so that it never leads out. */
export function instanceFolder(root: string, identifier: string): string {
	if (!/^[a-z](?:-?[a-z0-9]){0,62}$/.test(identifier))
		throw new Error(
			`InvalidParameterValue: '${identifier}' is not an identifier for a DB instance: letters, digits and single hyphens, beginning with a letter`,
		);
	return join(root, "rds", identifier);
}

/** @throws when another program has the port: found out before anything is made. */
function requireFreePort(port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once("error", (error: NodeJS.ErrnoException) =>
			reject(error.code === "EADDRINUSE" ? portInUse(port) : error),
		);
		probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
	});
}

/** What an interrupted create left: its server ends, its files go. */
async function discardLeftOver(folder: string): Promise<void> {
	const running = runningServer(folder);
	if (running !== undefined) await stopServer(folder, running);
	rmSync(folder, { recursive: true, force: true });
}

/** RDS starts a server again that died; here a look every second does. */
function watch(cloud: Cloud, identifier: string): void {
	clearInterval(watches.get(identifier));
	let busy = false;
	const timer = setInterval(() => {
		const known = cloud.documents.get<ServerDocument>(collection, identifier);
		if (busy || known?.process === undefined || isRunning(known.process))
			return;
		busy = true;
		cloud.log(`database ${identifier} died; starting it again`);
		reviveInstanceServer(cloud, identifier)
			.catch((error) => cloud.log(`database ${identifier}: ${error}`))
			.finally(() => {
				busy = false;
			});
	}, 1000);
	watches.set(identifier, timer.unref());
}

function requireDocument(cloud: Cloud, identifier: string): ServerDocument {
	const known = cloud.documents.get<ServerDocument>(collection, identifier);
	if (known === undefined)
		throw new Error(`DBInstanceNotFound: DBInstance ${identifier} not found.`);
	return known;
}

function keyOf(cloud: Cloud): Buffer {
	const folder = join(cloud.root, "secretsmanager");
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return loadKey(folder);
}

export const portOf = (inputs: Properties): number =>
	typeof inputs.port === "number" ? inputs.port : 5432;
