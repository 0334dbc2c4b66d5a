import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { settingsHash } from "../../golive/src/index.ts";
import {
	loadStackFile,
	parseConfiguration,
	project,
} from "../../settings/src/index.ts";

describe("the hash of a stack's settings", () => {
	for (const stack of ["dev", "staging", "prod"]) {
		it(`is the same from ${stack}'s file and from what the engine makes of it`, () => {
			const file = `Pulumi.${stack}.yaml`;
			const { config } = parse(readFileSync(file, "utf8"));
			const handed = Object.entries(config)
				.filter(([key]) => key.startsWith(`${project}:`))
				.map(([key, value]) => [
					key,
					typeof value === "object" ? JSON.stringify(value) : String(value),
				]);
			assert.equal(
				settingsHash(parseConfiguration(Object.fromEntries(handed), file)),
				settingsHash(loadStackFile(file)),
			);
		});
	}

	it("is another for any value, and the same for images, phase, gate and the order of keys", () => {
		const one = { a: { x: 1, y: [1, 2] }, b: "text" };
		const same = {
			phase: "live",
			b: "text",
			gate: {},
			a: { y: [1, 2], x: 1 },
			images: { backend: "v1" },
		};
		const hash = settingsHash(one);
		assert.equal(settingsHash(same), hash);
		for (const other of [
			{ ...one, b: "texts" },
			{ ...one, a: { x: 1, y: [2, 1] } },
			{ ...one, c: false },
			{ b: "text" },
		]) {
			assert.notEqual(settingsHash(other), hash);
		}
	});
});
