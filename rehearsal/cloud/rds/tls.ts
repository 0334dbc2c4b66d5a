import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate, readCertificate } from "../acm/authority.ts";
import { arn } from "../naming.ts";
import { giveToPostgres } from "./postgresUser.ts";
import { adminRole, dataFolder } from "./server.ts";

/** Gives a server a certificate of the laptop's authority, once. */
export async function ensureServerCertificate(
	root: string,
	folder: string,
): Promise<void> {
	const keyFile = join(dataFolder(folder), "server.key");
	if (existsSync(keyFile)) return;
	const { id } = await issueCertificate(root, ["localhost", "127.0.0.1"]);
	const issued = readCertificate(root, arn("acm", `certificate/${id}`));
	for (const [name, text] of [
		["server.crt", issued.cert],
		["server.key", issued.key],
	] as const) {
		const file = join(dataFolder(folder), name);
		writeFileSync(file, text, { mode: 0o600 });
		giveToPostgres(file);
	}
	for (const ending of ["pem", "key"])
		rmSync(join(root, "acm", `${id}.${ending}`));
}

/** Who may connect: with `tlsOnly`, connections without TLS are refused, as rds.force_ssl does. */
export function writeAccessRules(folder: string, tlsOnly: boolean): void {
	const kind = tlsOnly ? "hostssl" : "host";
	const rules = ["all", "replication"].map(
		(database) => `${kind} ${database} all 127.0.0.1/32 scram-sha-256\n`,
	);
	const own = `host all ${adminRole} 127.0.0.1/32 scram-sha-256\n`;
	const file = join(dataFolder(folder), "pg_hba.conf");
	writeFileSync(file, [own, ...rules].join(""), { mode: 0o600 });
	giveToPostgres(file);
}
