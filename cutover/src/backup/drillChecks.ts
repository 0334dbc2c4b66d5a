import { join } from "node:path";
import { identifier, withSession } from "../adapters/postgres.ts";
import {
	findTools,
	type Installation,
	toolEnvironment,
} from "../adapters/postgresTools.ts";
import { runTool } from "../adapters/tools.ts";
import type { Talk } from "../console.ts";
import { isKind, reasonOf } from "../errors.ts";
import type { Check } from "../outcome.ts";
import type { DatabaseFacts } from "./manifest.ts";
import { tablesSql } from "./snapshot.ts";

/** Reads a whole row of every table: the types and extensions that it needs are there. */
export async function sampleCheck(
	url: string,
	facts: DatabaseFacts,
): Promise<Check> {
	const startedAt = performance.now();
	return await withSession(url, { what: "drill" }, async (session) => {
		const { rows: tables } = await session.query<{
			schema: string;
			name: string;
		}>(tablesSql);
		const details: string[] = [];
		let withRows = 0;
		for (const { schema, name } of tables) {
			try {
				const { rows } = await session.query<{ row: string }>(
					`SELECT t::text AS row FROM ${identifier(schema)}.${identifier(name)} t LIMIT 1`,
				);
				if (rows.length > 0) withRows += 1;
			} catch (error) {
				details.push(`${schema}.${name}: ${reasonOf(error)}`);
			}
		}
		// A base backup does not know the rows of its moment, but an empty server is no copy of one that is not.
		const isEmpty =
			tables.length === 0 &&
			(facts.tables.length > 0 || facts.method === "base");
		return {
			name: "sample query",
			outcome: details.length > 0 || isEmpty ? "failed" : "passed",
			expected: "a row of every table can be read",
			actual: `${tables.length} tables read, ${withRows} with rows`,
			details: details.slice(0, 20),
			seconds: (performance.now() - startedAt) / 1000,
		};
	});
}

/** Looks through every heap and index for corruption, where the server has the extension for it. */
export async function integrityCheck(
	url: string,
	{
		major,
		pgBin,
	}: { readonly major: number; readonly pgBin?: string | undefined },
	signal: AbortSignal,
	talk: Talk,
): Promise<Check> {
	const startedAt = performance.now();
	const base = {
		name: "amcheck",
		expected: "no corruption in heaps and indexes",
		required: false,
	};
	let tools: Installation;
	try {
		tools = await findTools({
			commands: ["pg_amcheck"],
			folder: pgBin,
			major: {
				text: String(major),
				fits: (found) => found === major,
			},
		});
		await withSession(url, { what: "drill" }, (session) =>
			session.query("CREATE EXTENSION IF NOT EXISTS amcheck"),
		);
	} catch (error) {
		return {
			...base,
			outcome: "not run",
			actual: isKind(error, "NotAvailableError")
				? "pg_amcheck of the server's version is not installed"
				: reasonOf(error),
			seconds: 0,
		};
	}
	talk.progress("looking for corruption (amcheck)");
	const found: string[] = [];
	const env = toolEnvironment(url, "cutover drill");
	const end = await runTool({
		command: join(tools.directory, "pg_amcheck"),
		args: ["--no-password", "--jobs=2", `--database=${env.PGDATABASE ?? ""}`],
		env,
		signal,
		async onStdout(chunks) {
			for await (const chunk of chunks) {
				if (found.length < 20) {
					found.push(...Buffer.from(chunk).toString().trim().split("\n"));
				}
			}
		},
	});
	const isClean = end.exitCode === 0;
	return {
		...base,
		outcome: isClean ? "passed" : "failed",
		actual: isClean ? "none found" : `pg_amcheck ended with ${end.how}`,
		details: isClean ? [] : [...found, ...end.lines].slice(0, 20),
		seconds: (performance.now() - startedAt) / 1000,
	};
}
