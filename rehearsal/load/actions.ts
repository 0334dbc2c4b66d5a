import { createHash, randomBytes } from "node:crypto";
import type { Call, Send } from "./client.ts";
import type { Account, LoadOptions } from "./options.ts";

/** An acknowledged write, as the ledger keeps it. */
export type LedgerEntry =
	| {
			readonly kind: "workflow";
			readonly email: string;
			readonly id: string;
			readonly name: string;
			/** A rename got no clear answer: this name may be there as well. */
			readonly orName?: string;
	  }
	| {
			readonly kind: "file";
			readonly email: string;
			readonly id: string;
			readonly sha256: string;
	  };

/** A request of the mix, ready to be sent. */
export interface Action {
	readonly call: Call;
	readonly write: boolean;
	readonly slow: boolean;
	readonly expected: readonly number[];
	/** Statuses that are right only when the legacy system answers. */
	readonly expectedOfLegacy?: readonly number[];
	/** What the answer acknowledged. */
	acknowledged?(body: Buffer): LedgerEntry;
	/** What may have been written when no clear answer came. */
	uncertain?(): LedgerEntry;
}

/** An account of the load, signed in, with the workflows that it made and that are not being changed just now. */
export interface Session {
	readonly account: Account;
	token: string;
	readonly workflows: WorkflowEntry[];
}

export type WorkflowEntry = Extract<LedgerEntry, { kind: "workflow" }>;

const keptWorkflows = 50;

/** How often each request comes, in parts of the whole. */
export const mix = {
	page: 16,
	health: 10,
	list: 27,
	listNew: 14,
	profile: 8,
	screenshot: 3,
	execute: 4,
	createWorkflow: 8,
	rename: 4,
	saveProfile: 2,
	signIn: 1,
	upload: 2,
	slowUpload: 1,
} as const;

export type ActionName = keyof typeof mix;

/** Picks by weight; `dice` in [0, 1). */
export function pick(dice: number): ActionName {
	const names = Object.keys(mix).filter(
		(name): name is ActionName => name in mix,
	);
	let left = dice * names.reduce((sum, name) => sum + mix[name], 0);
	for (const name of names) {
		left -= mix[name];
		if (left < 0) return name;
	}
	return "health";
}

/** Signs an account in and answers its bearer token. */
export async function signIn(
	send: Send,
	apiHost: string,
	account: Account,
): Promise<string> {
	const { call } = signInAction(apiHost, account);
	const answer = await send(call);
	if (answer.status !== 200)
		throw new Error(
			`${account.email} cannot sign in: answered ${answer.status}`,
		);
	return tokenOf(answer.body);
}

export function buildAction(
	name: ActionName,
	options: LoadOptions,
	session: Session,
	/** Who answered last: the legacy system has the first version of the API only. */
	release: string,
): Action {
	const host = options.apiHost;
	const { account, token } = session;
	const authorization = { authorization: `Bearer ${token}` };
	const read = (call: Call): Action => ({
		call,
		write: false,
		slow: false,
		expected: [200],
	});
	const list = (version: "v1" | "v2"): Action =>
		read({
			host,
			method: "GET",
			path: `/api/${version}/workflows?limit=5`,
			headers: authorization,
		});
	switch (name) {
		case "page":
			return read({ host: options.frontendHost, method: "GET", path: "/" });
		case "health":
			return read({ host, method: "GET", path: "/health" });
		case "list":
			return list("v1");
		case "listNew":
			if (release === "legacy") return list("v1");
			// Traffic may have gone back to the legacy system since its last answer.
			return { ...list("v2"), expectedOfLegacy: [404] };
		case "screenshot":
			return {
				...send("POST", host, "/api/v1/desktop/screenshot", authorization, {
					region: "full",
				}),
				write: false,
			};
		case "execute": {
			const workflow = session.workflows.at(-1);
			if (workflow === undefined) return list("v1");
			const path = `/api/v1/workflows/${workflow.id}/execute`;
			return { ...send("POST", host, path, authorization, {}), write: false };
		}
		case "rename": {
			// Taken out while it is renamed: of two renames at once nobody could say which came last.
			const workflow = session.workflows.shift();
			if (workflow === undefined) return list("v1");
			return rename(host, authorization, session, workflow);
		}
		case "saveProfile":
			return send("PUT", host, "/api/v1/profile", authorization, {
				preferences: { theme: Math.random() < 0.5 ? "light" : "dark" },
			});
		case "profile":
			return read({
				host,
				method: "GET",
				path: "/api/v1/profile",
				headers: authorization,
			});
		case "signIn":
			return signInAction(host, account);
		case "createWorkflow":
			return createWorkflow(host, authorization, session);
		case "upload":
			return upload(host, authorization, account, 1, 0);
		case "slowUpload":
			return upload(host, authorization, account, 10, 250);
	}
}

// People can sign in while writes are refused, so it is no write: it must not end the window of refusals.
function signInAction(host: string, account: Account): Action {
	return {
		call: {
			host,
			method: "POST",
			path: "/api/v1/auth/login",
			...json({ email: account.email, password: account.password }),
		},
		write: false,
		slow: false,
		expected: [200],
	};
}

function createWorkflow(
	host: string,
	headers: Record<string, string>,
	{ account, workflows }: Session,
): Action {
	const name = `load ${randomBytes(8).toString("hex")}`;
	return {
		...send("POST", host, "/api/v1/workflows", headers, {
			name,
			steps: [{ type: "screenshot" }, { type: "wait", config: { seconds: 1 } }],
		}),
		expected: [201],
		acknowledged: (answer) => {
			const entry: WorkflowEntry = {
				kind: "workflow",
				email: account.email,
				id: idOf(answer),
				name,
			};
			workflows.push(entry);
			if (workflows.length > keptWorkflows) workflows.shift();
			return entry;
		},
	};
}

function rename(
	host: string,
	headers: Record<string, string>,
	{ workflows }: Session,
	before: WorkflowEntry,
): Action {
	const name = `${before.name.slice(0, 24)} ${randomBytes(4).toString("hex")}`;
	return {
		...send("PUT", host, `/api/v1/workflows/${before.id}`, headers, { name }),
		acknowledged: () => {
			const entry = { ...before, name };
			workflows.push(entry);
			return entry;
		},
		uncertain: () => ({ ...before, orName: name }),
	};
}

/** A write of JSON that is answered with 200. */
function send(
	method: "POST" | "PUT",
	host: string,
	path: string,
	headers: Record<string, string>,
	value: unknown,
): Action {
	const { body, headers: type } = json(value);
	return {
		call: { host, method, path, headers: { ...headers, ...type }, body },
		write: true,
		slow: false,
		expected: [200],
	};
}

function upload(
	host: string,
	headers: Record<string, string>,
	account: Account,
	pieces: number,
	pauseMs: number,
): Action {
	const content = Array.from({ length: pieces }, () => randomBytes(2048));
	const boundary = `load-${randomBytes(8).toString("hex")}`;
	const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${boundary}.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`;
	const sha256 = createHash("sha256")
		.update(Buffer.concat(content))
		.digest("hex");
	return {
		call: {
			host,
			method: "POST",
			path: "/api/v1/files/upload",
			headers: {
				...headers,
				"content-type": `multipart/form-data; boundary=${boundary}`,
			},
			body: [
				Buffer.from(head),
				...content,
				Buffer.from(`\r\n--${boundary}--\r\n`),
			],
			pauseMs,
		},
		write: true,
		slow: pauseMs > 0,
		expected: [200],
		acknowledged: (answer) => ({
			kind: "file",
			email: account.email,
			id: idOf(answer),
			sha256,
		}),
	};
}

function json(value: unknown) {
	return {
		headers: { "content-type": "application/json" },
		body: [Buffer.from(JSON.stringify(value))],
	};
}

function idOf(body: Buffer): string {
	const { id } = JSON.parse(body.toString());
	if (typeof id !== "number" && typeof id !== "string")
		throw new Error("the answer to a write names no id");
	return String(id);
}

function tokenOf(body: Buffer): string {
	const { access_token: token } = JSON.parse(body.toString());
	if (typeof token !== "string")
		throw new Error("the answer to a sign-in holds no access_token");
	return token;
}
