import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { longName } from "../../../cutover/src/verbs/environment.ts";
import { verbs } from "../../../cutover/src/verbs/index.ts";
import { commandReference } from "../../../cutover/src/verbs/reference.ts";

/** What must be said anew each time: a variable that somebody left set would destroy or decide again and again. */
const saidAnew: ReadonlySet<string> = new Set([
	"schema rollback --to",
	"schema rollback --steps",
	"schema rollback --yes",
	"backup wal-end --yes",
	"restore --replace",
	"restore --yes",
	"key create --holder",
	"key create --role",
	"key show --holder",
	"key show --role",
	"evidence record --expires-days",
	"evidence show --record",
	"attest --item",
	"attest --statement",
	"attest --expires-days",
	"notice --window",
	"notice --groups",
	"notice --sent-at",
	"waive --item",
	"waive --expires-hours",
	"waive --emergency",
	"approve --role",
	"approve --rollback-to",
	"approve --rollback-images",
	"approve --rollback-tree",
	"approve --window",
	"approve --expires-days",
	"destroy --with-data",
]);

const all = verbs.flatMap((verb) =>
	verb.options.map((spec) => ({
		name: `${verb.name} ${longName(spec)}`,
		spec,
	})),
);

describe("the options of all verbs", () => {
	it("can be given by environment, but for what must be said anew each time", () => {
		const without = all
			.filter(({ spec }) => spec.env === undefined)
			.map(({ name }) => name)
			.filter((name) => !/ --(yes|reason|approve)$/.test(name));
		const allowed = [...saidAnew].filter((name) => !name.endsWith("--yes"));
		assert.deepEqual(without, allowed);
	});

	it("never take a yes from the environment", () => {
		const destructive = all.filter(({ spec }) => longName(spec) === "--yes");
		assert.ok(destructive.length > 0);
		for (const { name, spec } of destructive) {
			assert.equal(spec.env, undefined, name);
		}
	});

	it("have variables in capitals, and one option for each", () => {
		const options = new Map<string, string>();
		for (const { name, spec } of all) {
			if (spec.env === undefined) continue;
			assert.match(spec.env, /^[A-Z][A-Z0-9_]*$/, name);
			const known = options.get(spec.env) ?? longName(spec);
			assert.equal(longName(spec), known, `${spec.env} of ${name}`);
			options.set(spec.env, known);
		}
	});

	it("are described in docs/commands.md as they are (npm run docs:commands)", async () => {
		const file = join(import.meta.dirname, "../../../docs/commands.md");
		const written = await readFile(file, "utf8");
		assert.equal(written, commandReference(verbs));
	});
});
