// node deploy/pipeline/comment.mjs FOLDER: writes the review's comment to the pull request, or updates the one that is there.
// FOLDER holds review-<stack>/preview.txt and decision.json. GITHUB_TOKEN, GITHUB_REPOSITORY, PULL_REQUEST, COMMIT say where.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildComment, marker } from "./reviewComment.mjs";

const { env } = process;
const api = env.GITHUB_API_URL ?? "https://api.github.com";
const issues = `/repos/${required("GITHUB_REPOSITORY")}/issues`;
const [folder = "."] = process.argv.slice(2);

try {
	const body = buildComment(readReviews(folder), required("COMMIT"));
	const known = await findComment();
	await ask(
		known === undefined ? "POST" : "PATCH",
		known === undefined
			? `${issues}/${number()}/comments`
			: `${issues}/comments/${known}`,
		{ body },
	);
	console.error(known === undefined ? "comment written" : "comment updated");
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
}

function readReviews(from) {
	const read = (path) =>
		existsSync(path) ? readFileSync(path, "utf8") : undefined;
	return (existsSync(from) ? readdirSync(from) : [])
		.filter((name) => name.startsWith("review-"))
		.sort()
		.map((name) => ({
			stack: name.slice("review-".length),
			preview: read(join(from, name, "preview.txt")),
			decision: read(join(from, name, "decision.json")),
		}));
}

/** The comment that a run before this one wrote: by the token's own account, so that nobody can plant it. */
async function findComment() {
	for (let page = 1; ; page++) {
		const found = await ask(
			"GET",
			`${issues}/${number()}/comments?per_page=100&page=${page}`,
		);
		const own = found.find(
			({ body, user }) =>
				user?.login === "github-actions[bot]" && body?.startsWith(marker),
		);
		if (own !== undefined) return own.id;
		if (found.length < 100) return undefined;
	}
}

async function ask(method, path, body) {
	const answer = await fetch(`${api}${path}`, {
		method,
		headers: {
			accept: "application/vnd.github+json",
			authorization: `Bearer ${required("GITHUB_TOKEN")}`,
			"x-github-api-version": "2022-11-28",
			...(body && { "content-type": "application/json" }),
		},
		...(body && { body: JSON.stringify(body) }),
		signal: AbortSignal.timeout(30_000),
	});
	if (!answer.ok) {
		throw new Error(
			`expected GitHub to take ${method} ${path}, got ${answer.status}: ${(await answer.text()).slice(0, 300)}`,
		);
	}
	return await answer.json();
}

function number() {
	const text = required("PULL_REQUEST");
	if (/^\d+$/.test(text)) return text;
	throw new Error(`PULL_REQUEST: expected a number, got ${text}`);
}

function required(name) {
	const value = env[name];
	if (value) return value;
	throw new Error(`expected ${name} in the environment, got none`);
}
