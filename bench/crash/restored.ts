import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { comparable, type Difference, differenceOf } from "./compare.ts";
import { runToEnd } from "./program.ts";
import type { Stage, Target } from "./stage.ts";

/** Restores the newest backup of a target into an empty database and compares the two. */
export async function compareRestored(
	stage: Stage,
	target: Target,
): Promise<{
	readonly difference: Difference;
	readonly problems: readonly string[];
}> {
	const { server } = target;
	const folder = join(target.folder, "backups");
	const names = await readdir(folder);
	const backups = names.filter((name) => /^migration_\d{8}_\d{6}/.test(name));
	const newest = backups.sort().at(-1) ?? "none";
	const restored: Target = {
		...target,
		name: `${target.name}_restored`,
		url: server.url(`${target.name}_restored`),
	};
	await server.query("postgres", `CREATE DATABASE ${restored.name}`);
	try {
		const ended = await runToEnd(
			stage.program,
			["restore", "--from", join(folder, newest), "--yes"],
			{ ...stage.environment(target), DATABASE_URL: restored.url },
		);
		const said = ended.said.trim().split("\n").at(-1);
		return {
			difference: differenceOf(
				await comparable(target),
				await comparable(restored),
			),
			problems: [
				...(ended.exitCode === 0
					? []
					: [
							`cutover restore ended with exit code ${ended.exitCode}: ${said}`,
						]),
				...names
					.filter((name) => name.startsWith(".partial-"))
					.map((name) => `an unfinished backup is left: ${name}`),
			],
		};
	} finally {
		await server.query(
			"postgres",
			`DROP DATABASE IF EXISTS ${restored.name} WITH (FORCE)`,
		);
	}
}
