import assert from "node:assert/strict";
import {
	deprecationHeaders,
	securityHeaders,
} from "../../../rehearsal/app/backend/headers.ts";
import { parseSettings } from "../../../rehearsal/app/backend/settings.ts";

describe("the headers of the application", () => {
	it("name the release and forbid sniffing, framing and reflected scripts", () => {
		const headers = securityHeaders("2.0.0");
		assert.equal(headers["X-Release"], "2.0.0");
		assert.equal(headers["X-Content-Type-Options"], "nosniff");
		assert.equal(headers["X-Frame-Options"], "DENY");
		assert.equal(headers["X-XSS-Protection"], "1; mode=block");
	});

	it("give the dates of a deprecation in the standard forms", () => {
		assert.deepEqual(
			deprecationHeaders({
				deprecationDate: new Date("2026-12-01T00:00:00Z"),
				sunsetDate: new Date("2027-06-01T00:00:00Z"),
			}),
			{
				Deprecation: "@1796083200",
				Sunset: "Tue, 01 Jun 2027 00:00:00 GMT",
				Link: '</api/v2>; rel="successor-version"',
			},
		);
	});
});

describe("the settings of the backend", () => {
	const complete = {
		RELEASE: "1.0.0",
		DATABASE_URL: "postgresql:///x",
		JWT_SECRET: "0123456789abcdef",
		UPLOADS: "/tmp/uploads",
	};

	it("listen on port 8000 of all addresses unless told otherwise", () => {
		const settings = parseSettings(complete);
		assert.equal(settings.port, 8000);
		assert.equal(settings.host, "0.0.0.0");
		assert.equal(settings.schema, "current");
	});

	it("read the allowed origins as a list", () => {
		const { allowedOrigins } = parseSettings({
			...complete,
			ALLOWED_ORIGIN: "https://a.example, https://b.example,",
		});
		assert.deepEqual(allowedOrigins, [
			"https://a.example",
			"https://b.example",
		]);
	});

	it("name everything that is missing or wrong at once, and no value", () => {
		assert.throws(
			() => parseSettings({ JWT_SECRET: "short", API_SUNSET_DATE: "soon" }),
			(error: Error) =>
				[
					"DATABASE_URL",
					"RELEASE",
					"UPLOADS",
					"JWT_SECRET",
					"API_SUNSET_DATE",
				].every((name) => error.message.includes(name)) &&
				!error.message.includes("short"),
		);
	});
});
