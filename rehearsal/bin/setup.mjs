#!/usr/bin/env node
// Makes a fresh checkout ready. Runs before anything is installed, so it starts with what Node itself has.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { keepModules, restoreModules } from "./keptModules.mjs";

const checkout = join(dirname(fileURLToPath(import.meta.url)), "../..");
const stampFile = join(checkout, "node_modules/.trusted-login-lock");
const readyFile = join(checkout, "node_modules/.trusted-login-ready.json");
// What decides where things are looked for.
const variables = [
	"PATH",
	"HOME",
	"XDG_CACHE_HOME",
	"XDG_STATE_HOME",
	"TRUSTED_LOGIN_CACHE",
	"TRUSTED_LOGIN_HOME",
];
const purposes = ["start", "test", "check"];
const heartbeatMs = 10_000;
const started = Date.now();

const say = (line) => {
	const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
	process.stderr.write(`${seconds} s  ${line}\n`);
};

function parsePurpose(argv) {
	const [flag, purpose] = argv;
	if (argv.length === 0) return "start";
	if (argv.length === 2 && flag === "--for" && purposes.includes(purpose))
		return purpose;
	process.stderr.write(`usage: setup [--for ${purposes.join("|")}]\n`);
	process.exit(2);
}

function requireNode() {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	if (major < 20 || (major === 20 && minor < 19))
		throw new Error(
			`Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org), then run this again`,
		);
}

async function installDependencies() {
	const lock = readFileSync(join(checkout, "package-lock.json"));
	const wanted = createHash("sha256").update(lock).digest("hex");
	if (
		existsSync(stampFile) &&
		readFileSync(stampFile, "utf8").trim() === wanted
	)
		return;
	const modules = join(checkout, "node_modules");
	if (restoreModules(modules, wanted)) {
		say("npm dependencies are linked from this user's cache");
	} else {
		say("installing npm dependencies (npm ci)");
		await npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
		keepModules(modules, wanted);
		say("npm dependencies are installed");
	}
	writeFileSync(stampFile, `${wanted}\n`);
}

function npm(args) {
	const heartbeat = setInterval(() => say("still installing"), heartbeatMs);
	const child = spawn("npm", args, {
		cwd: checkout,
		stdio: ["ignore", "ignore", "pipe"],
	});
	let complaint = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		complaint += text;
	});
	return new Promise((resolve, reject) => {
		child.once("error", (cause) =>
			reject(
				new Error("npm cannot be started: install it with Node", { cause }),
			),
		);
		child.once("close", (code) =>
			code === 0
				? resolve()
				: reject(
						new Error(
							`npm ci failed with exit code ${code}:\n${complaint.split("\n").slice(0, 20).join("\n")}`,
						),
					),
		);
	}).finally(() => clearInterval(heartbeat));
}

/** The same question as in rehearsal/engine/prepare.ts, asked without loading it. */
function isLaptopReady(purpose) {
	try {
		const { environment, files, browser } = JSON.parse(
			readFileSync(readyFile, "utf8"),
		);
		return (
			(purpose !== "test" || existsSync(browser ?? "")) &&
			variables.every(
				(name, at) => (process.env[name] ?? null) === environment[at],
			) &&
			Object.entries(files).every(([file, stamp]) => {
				const { size, mtimeMs } = statSync(file);
				return `${size} ${mtimeMs}` === stamp;
			})
		);
	} catch {
		return false;
	}
}

async function prepareLaptop(purpose) {
	if (isLaptopReady(purpose)) return;
	const { register } = await import("tsx/esm/api");
	register();
	const { prepareLaptop } = await import("../engine/prepare.ts");
	await prepareLaptop(say, readyFile, variables, purpose);
}

async function prepareTests() {
	const { register } = await import("tsx/esm/api");
	register();
	const { prepareTests } = await import("../s3/prepare.ts");
	await prepareTests(say);
}

try {
	const purpose = parsePurpose(process.argv.slice(2));
	requireNode();
	await installDependencies();
	if (purpose !== "check") await prepareLaptop(purpose);
	if (purpose === "test") await prepareTests();
} catch (error) {
	process.stderr.write(
		`${error instanceof Error ? error.message : String(error)}\n`,
	);
	process.exitCode = 1;
}
