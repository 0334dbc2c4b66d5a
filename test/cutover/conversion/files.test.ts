import assert from "node:assert/strict";
import { pathProblem } from "../../../cutover/src/conversion/files.ts";

describe("pathProblem", () => {
	for (const path of ["a.txt", "1/a.txt", "./a.txt", "a..b/c", "ü/..a"]) {
		it(`takes ${path}`, () => assert.equal(pathProblem(path), undefined));
	}
	for (const path of [
		"../a.txt",
		"a/../../b",
		"a/..",
		"/etc/passwd",
		"a\\b",
		".",
		"./",
	]) {
		it(`refuses ${path}`, () =>
			assert.equal(pathProblem(path), "stored path leaves the uploads folder"));
	}
	it("says when there is no path", () => {
		assert.equal(pathProblem(null), "stored path is missing");
		assert.equal(pathProblem(""), "stored path is missing");
	});
});
