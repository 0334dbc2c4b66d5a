import assert from "node:assert/strict";
import { httpsUrl, targetGroupName } from "../../components/naming.ts";

describe("targetGroupName", () => {
	it("joins service and colour", () => {
		assert.equal(
			targetGroupName("trusted-login-frontend", "green"),
			"trusted-login-frontend-green",
		);
	});

	it("refuses what ELB would refuse", () => {
		assert.throws(
			() => targetGroupName("trusted-login-frontend-next", "green"),
			{
				name: "RangeError",
				message:
					"target group trusted-login-frontend-next-green: expected at most 32 characters, got 33; shorten the service's name",
			},
		);
	});
});

describe("httpsUrl", () => {
	it("leaves HTTPS's own port out", () => {
		assert.equal(httpsUrl("a.test", 443), "https://a.test");
		assert.equal(httpsUrl("a.test", 8443), "https://a.test:8443");
	});
});
