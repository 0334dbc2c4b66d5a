import { filesOf } from "./files.ts";
import { legacyUser } from "./users.ts";
import { workflowsOf } from "./workflows.ts";

/** One table's rows for `COPY <target> FROM STDIN`, in pieces of many lines. */
export interface TableRows {
	readonly target: string;
	readonly lines: () => Generator<string>;
}

/** All rows of the legacy system in COPY's text format; the same numbers give the same bytes. */
export function legacyRows(users: number, seed: number): TableRows[] {
	return [
		{
			target:
				"legacy_users (id, username, email, password_hash, created_at, last_login, settings)",
			lines: () => inPieces(userLines(users, seed)),
		},
		{
			target:
				"workflows (id, user_id, name, description, is_active, created_at, updated_at)",
			lines: () => inPieces(workflowLines(users, seed)),
		},
		{
			target: "workflow_steps (workflow_id, position, type, config)",
			lines: () => inPieces(stepLines(users, seed)),
		},
		{
			target:
				"uploaded_files (id, user_id, filename, stored_path, content_type, size_bytes, created_at)",
			lines: () => inPieces(fileLines(users, seed)),
		},
	];
}

function* userLines(users: number, seed: number): Generator<string> {
	for (let id = 1; id <= users; id++) {
		const user = legacyUser(seed, id);
		yield line([
			id,
			user.username,
			user.email,
			user.passwordHash,
			user.createdAt,
			user.lastLogin,
			user.settings,
		]);
	}
}

function* workflowLines(users: number, seed: number): Generator<string> {
	let id = 0;
	for (let userId = 1; userId <= users; userId++) {
		for (const workflow of workflowsOf(seed, userId)) {
			yield line([
				++id,
				userId,
				workflow.name,
				workflow.description,
				workflow.isActive,
				workflow.createdAt,
				workflow.updatedAt,
			]);
		}
	}
}

function* stepLines(users: number, seed: number): Generator<string> {
	let workflowId = 0;
	for (let userId = 1; userId <= users; userId++) {
		for (const { steps } of workflowsOf(seed, userId)) {
			workflowId++;
			let position = 0;
			for (const { type, config } of steps) {
				yield line([workflowId, ++position, type, config]);
			}
		}
	}
}

function* fileLines(users: number, seed: number): Generator<string> {
	for (const file of filesOf(seed, users)) {
		yield line([
			file.id,
			file.userId,
			file.filename,
			file.storedPath,
			file.contentType,
			file.sizeBytes,
			file.createdAt,
		]);
	}
}

const pieceLength = 64 * 1024;

function* inPieces(lines: Generator<string>): Generator<string> {
	let piece = "";
	for (const one of lines) {
		piece += one;
		if (piece.length < pieceLength) continue;
		yield piece;
		piece = "";
	}
	if (piece !== "") yield piece;
}

const escapes: Readonly<Record<string, string>> = {
	"\\": "\\\\",
	"\t": "\\t",
	"\n": "\\n",
	"\r": "\\r",
};

function line(values: readonly (string | number | boolean | null)[]): string {
	const cells = values.map((value) =>
		value === null
			? "\\N"
			: String(value).replace(/[\\\t\n\r]/g, (char) => escapes[char] ?? char),
	);
	return `${cells.join("\t")}\n`;
}
