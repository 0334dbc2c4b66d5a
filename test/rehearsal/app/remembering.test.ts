import assert from "node:assert/strict";
import { remembering } from "../../../rehearsal/app/backend/remembering.ts";

describe("a remembered answer", () => {
	it("is given for its time and then asked for again", async () => {
		let asked = 0;
		let time = 0;
		const ask = remembering(
			async (key) => `${key}${++asked}`,
			1000,
			() => time,
		);
		assert.equal(await ask("a"), "a1");
		time = 999;
		assert.equal(await ask("a"), "a1");
		assert.equal(await ask("b"), "b2");
		time = 1000;
		assert.equal(await ask("a"), "a3");
	});

	it("is never nothing, and never a failure", async () => {
		let asked = 0;
		const ask = remembering(async () => {
			if (++asked === 1) throw new Error("away");
			return asked === 2 ? undefined : "found";
		}, 1000);
		await assert.rejects(ask("a"), /away/);
		assert.equal(await ask("a"), undefined);
		assert.equal(await ask("a"), "found");
	});

	it("makes room for new ones when there are many", async () => {
		let asked = 0;
		const ask = remembering(async () => ++asked, 1000);
		for (let nth = 0; nth <= 1000; nth++) await ask(String(nth));
		assert.equal(await ask("1000"), 1001);
		assert.equal(await ask("0"), 1002);
	});
});
