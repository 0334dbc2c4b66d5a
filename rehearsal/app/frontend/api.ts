import { isRecord } from "./records.ts";

/** The API refused; `message` is for people. */
export class ApiError extends Error {
	override readonly name = "ApiError";
	readonly status: number;

	constructor(message: string, status: number) {
		super(message);
		this.status = status;
	}
}

declare global {
	interface Window {
		trustedLogin?: {
			readonly apiUrl: string;
			readonly apiVersion: string;
			readonly release: string;
		};
	}
}

export interface WorkflowSummary {
	readonly id: number;
	readonly name: string;
	readonly description: string | null;
	readonly is_active: boolean;
	readonly created_at: string | null;
}

export interface Step {
	readonly type: string;
	readonly config: Record<string, unknown>;
}

export interface Workflow extends WorkflowSummary {
	readonly steps: readonly Step[];
}

export interface Profile {
	readonly username: string | null;
	readonly preferences: {
		readonly theme: string;
		readonly notifications: boolean;
		readonly language: string;
	};
}

const tokenKey = "trusted-login-token";
const emailKey = "trusted-login-email";
const triesWhileFenced = 20;

export const release = window.trustedLogin?.release ?? "unknown";

/** Who is signed in, or undefined. */
export function signedInAs(): string | undefined {
	return localStorage.getItem(tokenKey) === null
		? undefined
		: (localStorage.getItem(emailKey) ?? undefined);
}

export async function signIn(email: string, password: string): Promise<void> {
	const answer = await call<{ access_token: string; user: { email: string } }>(
		"POST",
		"/auth/login",
		{ email, password },
	);
	localStorage.setItem(tokenKey, answer.access_token);
	localStorage.setItem(emailKey, answer.user.email);
}

export function signOut(): void {
	localStorage.removeItem(tokenKey);
	localStorage.removeItem(emailKey);
}

export function register(email: string, password: string): Promise<unknown> {
	return call("POST", "/auth/register", { email, password });
}

export async function listWorkflows(): Promise<readonly WorkflowSummary[]> {
	const answer = await call<
		readonly WorkflowSummary[] | { readonly data: readonly WorkflowSummary[] }
	>("GET", "/workflows?limit=200");
	return "data" in answer ? answer.data : answer;
}

export function readWorkflow(id: number): Promise<Workflow> {
	return call("GET", `/workflows/${id}`);
}

export function saveWorkflow(
	id: number | undefined,
	workflow: { readonly name: string; readonly steps: readonly Step[] },
): Promise<Workflow> {
	return id === undefined
		? call("POST", "/workflows", workflow)
		: call("PUT", `/workflows/${id}`, workflow);
}

export function executeWorkflow(
	id: number,
): Promise<{ readonly status: string; readonly steps: readonly unknown[] }> {
	return call("POST", `/workflows/${id}/execute`);
}

export function readProfile(): Promise<Profile> {
	return call("GET", "/profile");
}

export function saveProfile(profile: Profile): Promise<Profile> {
	return call("PUT", "/profile", profile);
}

async function call<T>(
	method: string,
	path: string,
	body?: unknown,
): Promise<T> {
	const { apiUrl = "", apiVersion = "v1" } = window.trustedLogin ?? {};
	const token = localStorage.getItem(tokenKey);
	for (let nth = 1; ; nth++) {
		const answer = await fetch(`${apiUrl}/api/${apiVersion}${path}`, {
			method,
			headers: {
				...(body === undefined ? {} : { "Content-Type": "application/json" }),
				...(token === null ? {} : { Authorization: `Bearer ${token}` }),
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		}).catch(() => undefined);
		if (answer === undefined) {
			throw new ApiError("The server cannot be reached. Please try again.", 0);
		}
		const retryAfter = Number(answer.headers.get("Retry-After") ?? Number.NaN);
		// While the data moves, a write waits here: the person notices a pause and no error.
		if (
			answer.status === 503 &&
			!Number.isNaN(retryAfter) &&
			nth < triesWhileFenced
		) {
			await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));
			continue;
		}
		const value: unknown = await answer.json().catch(() => undefined);
		if (answer.ok) return value as T;
		if (answer.status === 401 && token !== null) signOut();
		throw new ApiError(messageOf(value, answer.status), answer.status);
	}
}

function messageOf(value: unknown, status: number): string {
	if (status === 503) {
		return "The system is being moved just now and takes no changes. Please try again in a minute.";
	}
	if (!isRecord(value) || typeof value.error !== "string") {
		return `The server answered ${status}.`;
	}
	const details: readonly unknown[] = Array.isArray(value.details)
		? value.details
		: [];
	const reasons = details.flatMap((detail) =>
		isRecord(detail) ? [`${detail.path}: ${detail.message}`] : [],
	);
	return [sentenceOf(value.error), ...reasons].join(" ");
}

function sentenceOf(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
