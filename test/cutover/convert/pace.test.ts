import assert from "node:assert/strict";
import { busyReason, createPace } from "../../../cutover/src/convert/pace.ts";

describe("busyReason", () => {
	it("lets the load go on where nobody set a limit", () => {
		assert.equal(busyReason({}, {}), undefined);
	});

	it("names the standby's lag and the option", () => {
		assert.equal(
			busyReason({ maxReplicaLagMb: 64 }, { replicaLagMb: 80.4 }),
			"waiting: a standby is 80 MB behind (--max-replica-lag-mb 64)",
		);
		assert.equal(
			busyReason({ maxReplicaLagMb: 64 }, { replicaLagMb: 64 }),
			undefined,
		);
	});

	it("names the sessions at work and the option", () => {
		assert.equal(
			busyReason({ maxSourceSessions: 5 }, { sourceSessions: 6 }),
			"waiting: 6 sessions are at work on the source (--max-source-sessions 5)",
		);
	});
});

describe("createPace", () => {
	const around = { signal: new AbortController().signal, say: () => {} };

	it("spreads rows over the time that the rate gives them", async () => {
		const startedAt = performance.now();
		const pace = createPace({ maxRate: 1000 }, around);
		await Promise.all([pace.ready(30), pace.ready(30), pace.ready(1)]);
		assert.ok(performance.now() - startedAt >= 59);
	});

	it("ends the pause that the rate asks for when it is told to stop", async () => {
		const stop = new AbortController();
		const pace = createPace({ maxRate: 1 }, { ...around, signal: stop.signal });
		await pace.ready(60);
		const waiting = pace.ready(1);
		setTimeout(() => stop.abort(), 20);
		await assert.rejects(waiting, { name: "AbortError" });
	});

	it("stops waiting when it is told to stop", async () => {
		const pace = createPace({}, { ...around, signal: AbortSignal.abort() });
		await assert.rejects(pace.ready(1), { name: "AbortError" });
	});
});
