import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { withFileLock } from "../../../rehearsal/engine/fileLock.ts";
import {
	createOnce,
	laptopPlaces,
	loadOrCreateEndpoint,
} from "../../../rehearsal/engine/places.ts";

describe("The places of the laptop", () => {
	const root = mkdtempSync(join(tmpdir(), "places-"));
	const home = process.env.TRUSTED_LOGIN_HOME;
	before(() => {
		process.env.TRUSTED_LOGIN_HOME = join(root, "home");
	});
	after(() => {
		if (home === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = home;
		rmSync(root, { recursive: true, force: true });
	});

	it("follow the environment", () => {
		const places = laptopPlaces({
			TRUSTED_LOGIN_HOME: "/h",
			XDG_CACHE_HOME: "/c",
		});
		assert.equal(places.cache, "/c/trusted-login");
		assert.equal(places.pulumiHome, "/h/pulumi");
		assert.equal(laptopPlaces({ TRUSTED_LOGIN_CACHE: "/own" }).cache, "/own");
	});

	it("belong to one checkout unless told otherwise", () => {
		assert.match(laptopPlaces({}).home, /-[0-9a-f]{8}$/);
	});

	it("keep the endpoint once it is chosen, readable by its owner alone", () => {
		const first = loadOrCreateEndpoint();
		assert.deepEqual(loadOrCreateEndpoint(), first);
		assert.ok(first.port >= 20_000 && first.port < 30_000);
		const { home, endpointFile } = laptopPlaces();
		assert.equal(statSync(endpointFile).mode & 0o777, 0o600);
		assert.equal(statSync(home).mode & 0o777, 0o711);
	});

	it("refuse an endpoint file that is damaged", () => {
		const { endpointFile } = laptopPlaces();
		writeFileSync(endpointFile, '{"port":1');
		assert.throws(loadOrCreateEndpoint, /is not an endpoint/);
	});

	it("never overwrite a secret", () => {
		const file = join(root, "secret");
		createOnce(file, () => "first");
		createOnce(file, () => assert.fail("asked for a second one"));
	});

	it("take over the lock of a dead process, and free it after a failure", async () => {
		const lock = join(root, "lock");
		writeFileSync(
			lock,
			JSON.stringify({ pid: 1_073_741_824, hostname: hostname() }),
		);
		await assert.rejects(
			withFileLock(
				lock,
				() => {},
				() => Promise.reject(new Error("no")),
			),
			/^Error: no$/,
		);
		assert.equal(
			await withFileLock(
				lock,
				() => {},
				async () => 7,
			),
			7,
		);
	});
});
