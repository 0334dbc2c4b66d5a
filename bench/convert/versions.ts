import type { Place } from "./place.ts";

const programs: Readonly<Record<string, readonly string[]>> = {
	pgloader: ["pgloader", "--version"],
	pgcopydb: ["pgcopydb", "--version"],
	Python: ["python3", "--version"],
};

/** Versions of everything that took part, as each program says it. */
export async function programVersions({
	clients,
	postgresVersion,
}: Place): Promise<Readonly<Record<string, string>>> {
	const versions: Record<string, string> = {
		PostgreSQL: postgresVersion,
		Node: process.version,
	};
	for (const [name, argv] of Object.entries(programs)) {
		try {
			versions[name] = (await clients.run(argv)).trim().split("\n")[0] ?? "";
		} catch {
			clients.requireRunning();
			versions[name] = "not installed";
		}
	}
	return versions;
}
