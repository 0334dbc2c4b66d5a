import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import {
	findBrowser,
	installCommand,
} from "../../cutover/src/adapters/browser.ts";
import { bundleSources, staleBundles } from "./bundles.ts";
import { goVersion } from "./goBuild.ts";
import { checkout, type Endpoint, laptopPlaces } from "./places.ts";
import {
	findPostgresServer,
	findPostgresTools,
	oldestPostgres,
} from "./postgres.ts";
import { findEngine } from "./resolve.ts";
import { engineRange, parseVersion } from "./versions.ts";
import { pluginFiles } from "./wrappers.ts";

/** One thing the laptop needs, as doctor found it. */
export interface Finding {
	name: string;
	/** "note": missing, but nothing waits for it. */
	outcome: "passed" | "failed" | "note";
	/** What was found and where, or what is missing. */
	found: string;
	/** What to do; only when something is to be done. */
	fix?: string;
}

/** Looks at everything and changes nothing. */
export async function examine(): Promise<Finding[]> {
	const engine = findEngine();
	return [
		examineNode(process.version),
		examineDependencies(),
		engine === undefined
			? failed(
					"engine",
					`no Pulumi ${engineRange}`,
					"npm start, or install Pulumi",
				)
			: passed(
					"engine",
					`Pulumi ${engine.version} in ${engine.directory} (${engine.origin === "path" ? "from PATH" : "from the cache"})`,
				),
		...(engine === undefined ? [examineGo()] : []),
		...examinePlugins(engine?.origin === "path"),
		examineServer(),
		examineTools(),
		examineBrowser(),
		await examineEndpoint(),
	];
}

/** Node 20.19 is the first that loads ES modules from CommonJS, which the SDK does. */
export function examineNode(version: string): Finding {
	const [major = 0, minor = 0] = parseVersion(version) ?? [];
	return major > 20 || (major === 20 && minor >= 19)
		? passed("node", `${version} at ${process.execPath}`)
		: failed("node", version, "install Node 20.19 or newer");
}

function examineDependencies(): Finding {
	const lock = join(checkout(), "package-lock.json");
	const stamp = join(checkout(), "node_modules/.trusted-login-lock");
	const wanted = createHash("sha256").update(readFileSync(lock)).digest("hex");
	const fits =
		existsSync(stamp) && readFileSync(stamp, "utf8").trim() === wanted;
	return fits
		? passed("npm dependencies", "as package-lock.json says")
		: failed(
				"npm dependencies",
				"not those of package-lock.json",
				"npm start, npm test or npm ci",
			);
}

function examineGo(): Finding {
	const version = goVersion();
	return version === undefined
		? failed("go", "none on PATH", "install Go 1.25 or newer, or Pulumi")
		: passed("go", `${version}, which can build the engine`);
}

function examinePlugins(hasOwnLanguageHost: boolean): Finding[] {
	const files = pluginFiles(laptopPlaces());
	const stale = new Set(staleBundles());
	const fix = "npm start, or npx cutover env";
	const rows: [name: string, file: string, bundles: string[]][] = [
		["language host", files.languageHost, ["language-nodejs"]],
		["plugin aws", files.aws, ["provider-aws", "laptopd"]],
		["plugin command", files.command, ["provider-command"]],
	];
	return rows.map(([name, file, bundles]) => {
		if (name === "language host" && hasOwnLanguageHost)
			return passed(name, "the engine's own");
		if (!existsSync(file)) return failed(name, `${file} is missing`, fix);
		const outdated = bundles.filter((bundle) => stale.has(bundle));
		return outdated.length === 0
			? passed(name, file)
			: failed(
					name,
					`${file} is older than ${outdated.map(entryOf).join(", ")}`,
					fix,
				);
	});
}

const entryOf = (name: string): string =>
	bundleSources.find((source) => source.name === name)?.entry ?? name;

function examineServer(): Finding {
	const server = findPostgresServer();
	return server === undefined
		? failed(
				"PostgreSQL server",
				`none ${oldestPostgres} or newer`,
				"npm start, or install postgresql",
			)
		: passed("PostgreSQL server", `${server.version} in ${server.directory}`);
}

function examineTools(): Finding {
	const tools = findPostgresTools();
	return tools === undefined
		? {
				name: "PostgreSQL client tools",
				outcome: "note",
				found: `no psql, pg_dump, pg_restore, pg_basebackup ${oldestPostgres} or newer`,
				fix: "back-ups need them: install postgresql-client",
			}
		: passed(
				"PostgreSQL client tools",
				`${tools.version} in ${tools.directory}`,
			);
}

function examineBrowser(): Finding {
	const browser = findBrowser();
	return browser === undefined
		? {
				name: "browser",
				outcome: "note",
				found: "no Chromium or Chrome",
				fix: `cutover uat needs one: ${installCommand()}`,
			}
		: passed("browser", browser);
}

/** Only the daemon may listen on the endpoint's port: its number is in the state of every stack. */
async function examineEndpoint(): Promise<Finding> {
	const { endpointFile } = laptopPlaces();
	const name = "laptop cloud";
	if (!existsSync(endpointFile))
		return passed(name, "not used yet: it gets its port when it is");
	const endpoint: Endpoint = JSON.parse(readFileSync(endpointFile, "utf8"));
	const where = `127.0.0.1:${endpoint.port}`;
	if (await answersPing(endpoint)) return passed(name, `running on ${where}`);
	return (await isFree(endpoint.port))
		? passed(name, `not running; ${where} is free for it`)
		: failed(
				name,
				`${where} is taken by another program`,
				"end the program that listens there",
			);
}

async function answersPing({ port, token }: Endpoint): Promise<boolean> {
	try {
		const answer = await fetch(`http://127.0.0.1:${port}/_laptop/ping`, {
			method: "POST",
			headers: { "x-laptop-token": token, "content-type": "application/json" },
			body: "{}",
			signal: AbortSignal.timeout(3_000),
		});
		await answer.body?.cancel();
		return answer.ok;
	} catch {
		return false;
	}
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});
}

const passed = (name: string, found: string): Finding => ({
	name,
	outcome: "passed",
	found,
});

const failed = (name: string, found: string, fix: string): Finding => ({
	name,
	outcome: "failed",
	found,
	fix,
});
