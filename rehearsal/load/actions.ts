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
	/** What the answer acknowledged. */
	acknowledged?(body: Buffer): LedgerEntry;
}

/** How often each request comes, in parts of the whole. */
export const mix = {
	page: 20,
	health: 15,
	list: 45,
	profile: 8,
	createWorkflow: 8,
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
	account: Account,
	token: string,
): Action {
	const host = options.apiHost;
	const authorization = { authorization: `Bearer ${token}` };
	const read = (call: Call): Action => ({
		call,
		write: false,
		slow: false,
		expected: [200],
	});
	switch (name) {
		case "page":
			return read({ host: options.frontendHost, method: "GET", path: "/" });
		case "health":
			return read({ host, method: "GET", path: "/health" });
		case "list":
			return read({
				host,
				method: "GET",
				path: "/api/v1/workflows?limit=5",
				headers: authorization,
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
			return createWorkflow(host, authorization, account);
		case "upload":
			return upload(host, authorization, account, 1, 0);
		case "slowUpload":
			return upload(host, authorization, account, 10, 250);
	}
}

// Signing in notes the time of the last login, so it is a write, and a fenced legacy system refuses it.
function signInAction(host: string, account: Account): Action {
	return {
		call: {
			host,
			method: "POST",
			path: "/api/v1/auth/login",
			...json({ email: account.email, password: account.password }),
		},
		write: true,
		slow: false,
		expected: [200],
	};
}

function createWorkflow(
	host: string,
	headers: Record<string, string>,
	account: Account,
): Action {
	const name = `load ${randomBytes(8).toString("hex")}`;
	const { body, headers: type } = json({
		name,
		steps: [{ type: "screenshot" }, { type: "wait", config: { seconds: 1 } }],
	});
	return {
		call: {
			host,
			method: "POST",
			path: "/api/v1/workflows",
			headers: { ...headers, ...type },
			body,
		},
		write: true,
		slow: false,
		expected: [201],
		acknowledged: (answer) => ({
			kind: "workflow",
			email: account.email,
			id: idOf(answer),
			name,
		}),
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
