import assert from "node:assert/strict";
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	Store,
	withoutSecrets,
} from "../../../../rehearsal/cloud/daemon/store.ts";

describe("the laptop cloud's memory", () => {
	let folder = "";
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "store-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	const vpc = (id: string, urn = "urn::vpc") => ({
		type: "vpc",
		id,
		urn,
		inputs: {},
		outputs: { id },
	});

	it("is the same after a restart", () => {
		const store = new Store(folder);
		store.put(vpc("a"));
		store.put(vpc("b"));
		store.remove("vpc", "a");
		assert.deepEqual(new Store(folder).all(), [vpc("b")]);
	});

	it("replaces a resource of the same type and id", () => {
		const store = new Store(folder);
		store.put(vpc("a"));
		store.put({ ...vpc("a"), outputs: { changed: true } });
		assert.equal(store.size, 1);
		assert.deepEqual(store.resources.get("vpc", "a")?.outputs, {
			changed: true,
		});
	});

	it("answers the newer of two resources with one URN", () => {
		const store = new Store(folder);
		store.put(vpc("old"));
		store.put(vpc("new"));
		assert.equal(store.byUrn("urn::vpc")?.id, "new");
	});

	it("keeps the whole old content when a write is cut short", () => {
		const store = new Store(folder);
		store.put(vpc("a"));
		writeFileSync(join(folder, "store.json.new"), '{"format":1,"resou');
		assert.deepEqual(new Store(folder).all(), [vpc("a")]);
	});

	it("is readable by its owner only and leaves no draft", () => {
		new Store(folder).put(vpc("a"));
		assert.equal(statSync(join(folder, "store.json")).mode & 0o777, 0o600);
		assert.deepEqual(readdirSync(folder), ["store.json"]);
	});

	it("writes documents before anything else gets its turn", async () => {
		const store = new Store(folder);
		store.documents.put("tasks", "one", { state: "RUNNING" });
		store.documents.put("tasks", "two", { state: "STOPPED" });
		await Promise.resolve();
		const again = new Store(folder);
		assert.deepEqual(again.documents.entries("tasks"), [
			["one", { state: "RUNNING" }],
			["two", { state: "STOPPED" }],
		]);
	});

	it("hands out copies of documents: changing one changes nothing", () => {
		const store = new Store(folder);
		store.documents.put("tasks", "one", { state: "RUNNING" });
		const copy = store.documents.get<{ state: string }>("tasks", "one");
		if (copy !== undefined) copy.state = "BROKEN";
		assert.deepEqual(store.documents.get("tasks", "one"), {
			state: "RUNNING",
		});
	});

	it("refuses a file that another version wrote", () => {
		writeFileSync(join(folder, "store.json"), '{"format":2}');
		assert.throws(() => new Store(folder), /another version/);
	});

	it("remembers a mark in place of a secret", () => {
		assert.deepEqual(
			withoutSecrets({ secretString: "s3cret", name: "n" }, ["secretString"]),
			{ secretString: "[secret]", name: "n" },
		);
		const store = new Store(folder);
		store.put(vpc("a"));
		assert.doesNotMatch(readFileSync(store.file, "utf8"), /s3cret/);
	});
});
