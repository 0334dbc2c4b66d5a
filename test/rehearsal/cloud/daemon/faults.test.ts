import assert from "node:assert/strict";
import { crashEngine } from "../../../../rehearsal/cloud/daemon/crashEngine.ts";
import { Faults } from "../../../../rehearsal/cloud/daemon/faults.ts";

describe("faults on request", () => {
	const place = {
		type: "aws:ecs/service:Service",
		operation: "create",
		urn: "urn:pulumi:dev::p::t::backend",
	};
	let crashes = 0;
	let faults = new Faults(() => {});
	beforeEach(() => {
		crashes = 0;
		faults = new Faults(() => {
			crashes += 1;
		});
	});

	it("fails the place that was asked for, as often as asked", async () => {
		faults.add([
			{ ...place, urn: "backend", action: "fail", message: "no", times: 2 },
		]);
		await assert.rejects(faults.at(place), /^InjectedFault: no$/);
		await assert.rejects(faults.at(place), /no/);
		await faults.at(place);
	});

	it("leaves other places alone: another type, operation, resource or stage", async () => {
		faults.add([{ ...place, action: "fail" }]);
		await faults.at({ ...place, type: "aws:lb/listener:Listener" });
		await faults.at({ ...place, operation: "delete" });
		await faults.at({ ...place, urn: "urn:pulumi:dev::p::t::other" });
		await faults.at({ ...place, stage: "after" });
		assert.equal(faults.list().length, 1);
	});

	it("delays", async () => {
		faults.add([{ ...place, action: "delay", seconds: 0.05 }]);
		const started = Date.now();
		await faults.at(place);
		assert.ok(Date.now() - started >= 45);
	});

	it("crashes the engine at a stage", async () => {
		faults.add([{ ...place, stage: "after", action: "crash-engine" }]);
		await faults.at(place);
		assert.equal(crashes, 0);
		await faults.at({ ...place, stage: "after" });
		assert.equal(crashes, 1);
	});

	it("refuses a fault that names no action", () => {
		assert.throws(
			() => faults.add([{ ...place, action: "explode" as "fail" }]),
			/fail\|delay\|crash-engine/,
		);
	});

	it("never kills a process that is no engine", () => {
		assert.throws(() => crashEngine(process.pid), /not a pulumi engine/);
		assert.throws(() => crashEngine(undefined), /no engine to crash/);
	});
});
