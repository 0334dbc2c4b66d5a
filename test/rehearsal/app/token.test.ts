import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import {
	signToken,
	verifyToken,
} from "../../../rehearsal/app/backend/token.ts";

const secret = "0123456789abcdef0123456789abcdef";
const now = 1_800_000_000;
const token = signToken("ada@example.com", secret, {
	nowSeconds: now,
	lifeSeconds: 60,
});

describe("a session token", () => {
	it("speaks for its e-mail address until it expires", () => {
		assert.equal(verifyToken(token, secret, now + 59), "ada@example.com");
		assert.equal(verifyToken(token, secret, now + 60), undefined);
	});

	it("is refused when it was signed with another secret", () => {
		assert.equal(verifyToken(token, `${secret}x`, now), undefined);
	});

	it("is refused when its content was changed", () => {
		const [head, , mark] = token.split(".");
		const other = encode({ sub: "eve@example.com", exp: now + 60 });
		assert.equal(
			verifyToken(`${head}.${other}.${mark}`, secret, now),
			undefined,
		);
	});

	it("is refused when it names another algorithm, even with a right signature", () => {
		const unsigned = `${encode({ alg: "none" })}.${encode({ sub: "eve@example.com", exp: now + 60 })}`;
		const mark = createHmac("sha256", secret)
			.update(unsigned)
			.digest("base64url");
		assert.equal(verifyToken(`${unsigned}.${mark}`, secret, now), undefined);
		assert.equal(verifyToken(`${unsigned}.`, secret, now), undefined);
	});

	for (const text of ["", "a.b", "a.b.c", "....", "not a token"]) {
		it(`is refused when it is no token at all: ${JSON.stringify(text)}`, () => {
			assert.equal(verifyToken(text, secret, now), undefined);
		});
	}
});

function encode(value: unknown): string {
	return Buffer.from(JSON.stringify(value)).toString("base64url");
}
