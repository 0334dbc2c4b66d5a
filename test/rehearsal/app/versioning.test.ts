import assert from "node:assert/strict";
import { createApp } from "../../../rehearsal/app/backend/app.ts";
import type { Context } from "../../../rehearsal/app/backend/context.ts";
import {
	DatabaseGoneError,
	ReadOnlyError,
} from "../../../rehearsal/app/backend/database.ts";
import { parseSettings } from "../../../rehearsal/app/backend/settings.ts";

/** The application on stores that throw whatever they are asked. */
function appThatFails(failure: Error, schema: "legacy" | "current") {
	const failing = <T extends object>(base: T): T =>
		new Proxy(base, {
			get: () => async () => {
				throw failure;
			},
		});
	const context: Context = {
		settings: parseSettings({
			SCHEMA: schema,
			RELEASE: "2.0.0",
			DATABASE_URL: "postgresql:///x",
			JWT_SECRET: "0123456789abcdef",
			UPLOADS: "/nowhere",
			ALLOWED_ORIGIN: "https://app.example",
			API_DEPRECATION_DATE: "2026-12-01",
			API_SUNSET_DATE: "2027-06-30",
		}),
		database: failing<Context["database"]>(Object.create(null)),
		accounts: failing<Context["accounts"]>(Object.create(null)),
		workflows: failing<Context["workflows"]>(Object.create(null)),
		uploads: failing<Context["uploads"]>(Object.create(null)),
		passwords: failing<Context["passwords"]>(Object.create(null)),
		draining: () => false,
		log: () => undefined,
	};
	return createApp(context);
}

const signIn = {
	method: "POST",
	body: JSON.stringify({ email: "ada@example.com", password: "long enough" }),
	headers: { "Content-Type": "application/json" },
};

function announcement(answer: Response) {
	const { headers } = answer;
	return {
		deprecation: headers.get("deprecation"),
		sunset: headers.get("sunset"),
		link: headers.get("link"),
	};
}

const announced = {
	deprecation: "@1796083200",
	sunset: "Wed, 30 Jun 2027 00:00:00 GMT",
	link: '</api/v2>; rel="successor-version"',
};
const silent = { deprecation: null, sunset: null, link: null };

describe("the first version of the API", () => {
	for (const [what, failure, status] of [
		["an error of ours", new Error("boom"), 500],
		["the fence", new ReadOnlyError("fenced"), 503],
		["a lost database", new DatabaseGoneError("gone"), 503],
	] as const) {
		it(`announces its end also on the answer to ${what}`, async () => {
			const app = appThatFails(failure, "current");
			const answer = await app.request("/api/v1/auth/login", signIn);
			assert.equal(answer.status, status);
			assert.deepEqual(announcement(answer), announced);
		});
	}

	it("announces its end to a preflight, and lets the page read it", async () => {
		const app = appThatFails(new Error("boom"), "current");
		const answer = await app.request("/api/v1/workflows", {
			method: "OPTIONS",
			headers: { Origin: "https://app.example" },
		});
		assert.equal(answer.status, 204);
		assert.deepEqual(announcement(answer), announced);
		assert.match(
			answer.headers.get("access-control-expose-headers") ?? "",
			/Deprecation, Sunset, Link/,
		);
	});

	it("announces nothing on the second version and beside the API", async () => {
		const app = appThatFails(new Error("boom"), "current");
		for (const path of ["/api/v2/auth/login", "/api/v10/x", "/api/docs"]) {
			const answer = await app.request(path);
			assert.deepEqual(announcement(answer), silent, path);
		}
	});

	// Its successor is not there: a link to it would lead nowhere, and the legacy system is moved, not changed.
	it("announces nothing on the legacy release", async () => {
		const app = appThatFails(new Error("boom"), "legacy");
		const answer = await app.request("/api/v1/auth/login", signIn);
		assert.equal(answer.status, 500);
		assert.deepEqual(announcement(answer), silent);
	});

	it("cannot end before it is deprecated", () => {
		assert.throws(
			() =>
				parseSettings({
					RELEASE: "2.0.0",
					DATABASE_URL: "postgresql:///x",
					JWT_SECRET: "0123456789abcdef",
					UPLOADS: "/nowhere",
					API_DEPRECATION_DATE: "2027-06-30",
					API_SUNSET_DATE: "2027-06-30",
				}),
			/API_SUNSET_DATE|expected a date after API_DEPRECATION_DATE/,
		);
	});
});
