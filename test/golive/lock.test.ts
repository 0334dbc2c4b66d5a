import assert from "node:assert/strict";
import { type GateQuestion, readGate } from "../../golive/src/read/gate.ts";
import * as lock from "../../golive/src/read/lock.mjs";

/** The hand-written types hold as long as this compiles. */
type Asked = Parameters<typeof lock.askGate>[0];
const asRead = (question: Asked): GateQuestion => question;

describe("the lock of the program", () => {
	it("says what the gate says", async () => {
		const question: Asked = {
			stack: "prod",
			settings: {
				cloud: "aws",
				phase: "live",
				images: {},
				gate: { mode: "advisory", live: "cutover" },
			},
			root: ".",
			environment: {},
			isPreview: false,
		};
		const found = await readGate(asRead(question));
		const { isAdvisory, problems, text } = await lock.askGate(question);
		assert.equal(isAdvisory, false);
		assert.deepEqual(problems, found.problems);
		assert.equal(problems.length, 4);
		assert.match(
			text,
			/^gate: NO-GO for prod, gate cutover, release \(none named\); missing:\n- gate\.mode: expected the pinned keys to name prod as advisory/,
		);
	});
});
