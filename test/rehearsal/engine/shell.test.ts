import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { pathWithFirst } from "../../../rehearsal/engine/environment.ts";
import { exportLines, quote } from "../../../rehearsal/engine/shell.ts";

describe("The environment printed for a shell", () => {
	it("quotes a value so that the shell reads it back unchanged", () => {
		const values = ["", "a b", "it's", '"$HOME" `id` \\', "line\nline", "'''"];
		const printed = execFileSync(
			"/bin/sh",
			["-c", `printf '%s\\0' ${values.map(quote).join(" ")}`],
			{ encoding: "utf8" },
		);
		assert.deepEqual(printed.split("\0").slice(0, -1), values);
	});

	it("never leaves a quote open", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const quoted = quote(text);
				assert.equal(quoted.replaceAll("'\\''", "").match(/'/g)?.length, 2);
			}),
		);
	});

	it("exports every variable on its own line", () => {
		assert.equal(
			exportLines({ A: "1", B_2: "it's" }),
			"export A='1'\nexport B_2='it'\\''s'\n",
		);
	});

	it("refuses a name that would be read as a command", () => {
		assert.throws(
			() => exportLines({ "A;id": "1" }),
			/A;id is no name of a shell variable/,
		);
	});

	it("puts the engine first on PATH, once", () => {
		assert.equal(pathWithFirst("/e", "/a:/e:/b"), "/e:/a:/b");
		assert.equal(pathWithFirst("/e", ""), "/e");
	});
});
