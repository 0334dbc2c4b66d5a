import assert from "node:assert/strict";
import {
	addressIn,
	reportAddress,
} from "../../../cutover/src/reports/address.ts";

describe("where reports go", () => {
	for (const address of [
		"reports",
		"/srv/reports",
		"../reports",
		"s3://bucket",
		"s3://my.bucket-1/a/b",
		"s3://bucket/a/",
	]) {
		it(`may be ${address}`, () => {
			assert.equal(reportAddress.parse(address), address);
		});
	}

	it("is the folder reports when nobody says", () => {
		assert.equal(reportAddress.parse(undefined), "reports");
	});

	for (const [address, problem] of [
		["https://bucket/a", "got an address that begins with https://"],
		["gs://bucket/a", "got an address that begins with gs://"],
		["s3://", "a bucket of 3 to 63 lower-case letters"],
		["s3://Bucket/a", "a bucket of 3 to 63 lower-case letters"],
		["s3://bucket/../a", 'without "." and ".."'],
	] as const) {
		it(`may not be ${address}`, () => {
			const parsed = reportAddress.safeParse(address);
			assert.ok(
				parsed.error?.issues.some(({ message }) => message.includes(problem)),
				parsed.error?.message,
			);
		});
	}

	it("names a file below it", () => {
		assert.equal(addressIn("reports", "a.md"), "reports/a.md");
		assert.equal(addressIn("s3://bucket/x/", "a.md"), "s3://bucket/x/a.md");
	});
});
