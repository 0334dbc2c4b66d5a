import assert from "node:assert/strict";
import { createTalk } from "../../cutover/src/console.ts";

describe("createTalk", () => {
	function open(isTTY: boolean) {
		let text = "";
		let now = 0;
		const talk = createTalk(
			{ isTTY, write: (part) => (text += part) },
			() => now,
		);
		return {
			talk,
			text: () => text,
			wait: (ms: number) => {
				now += ms;
			},
		};
	}

	it("replaces the progress line on a terminal", () => {
		const { talk, text } = open(true);
		talk.progress("1 %");
		talk.progress("2 %");
		talk.say("done");
		assert.equal(text(), "\r\u001b[K1 %\r\u001b[K2 %\ndone\n");
	});

	it("writes a plain line every few seconds elsewhere", () => {
		const { talk, text, wait } = open(false);
		talk.progress("1 %");
		wait(2_999);
		talk.progress("2 %");
		wait(1);
		talk.progress("3 %");
		talk.progress("4 %");
		assert.equal(text(), "3 %\n");
	});

	it("hides passwords", () => {
		const { talk, text } = open(false);
		talk.say("postgresql://ada:s3cret@db/app");
		assert.equal(text(), "postgresql://ada:***@db/app\n");
	});
});
