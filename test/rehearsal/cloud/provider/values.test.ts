import assert from "node:assert/strict";
import { unknown } from "../../../../rehearsal/cloud/diff.ts";
import { refuseRealCloud } from "../../../../rehearsal/cloud/provider/accountLock.ts";
import { checkAwsConfig } from "../../../../rehearsal/cloud/provider/awsConfig.ts";
import {
	decode,
	encode,
	hasUnknown,
} from "../../../../rehearsal/cloud/provider/values.ts";

const mark = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({
	[mark]: "1b47061264138c4ac30d75fd1eb44270",
	value,
});
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("the engine's marks", () => {
	it("come off secrets at any depth, and the top-level property is noted", () => {
		assert.deepEqual(
			decode({ a: secret("x"), b: { c: [secret({ d: 1 })] }, e: "plain" }),
			{
				values: { a: "x", b: { c: [{ d: 1 }] }, e: "plain" },
				secrets: ["a", "b"],
			},
		);
	});

	it("come off values that are not known yet", () => {
		const { values } = decode({ a: unknownText, b: [secret(unknownText)] });
		assert.equal(values.a, unknown);
		assert.ok(hasUnknown(values.b));
		assert.ok(!hasUnknown({ a: ["b"] }));
	});

	it("go back on", () => {
		assert.deepEqual(
			encode({ a: "x", b: { c: unknown, d: undefined } }, ["a"]),
			{ a: secret("x"), b: { c: unknownText } },
		);
	});

	it("of assets are refused", () => {
		const asset = { [mark]: "c44067f5952c0a294b673a41bacd8c17", text: "x" };
		assert.throws(() => decode({ source: asset }), /no assets or archives/);
	});
});

describe("the two clouds", () => {
	it("are kept apart by the account in an ARN", () => {
		const foreign = "arn:aws:ecs:eu-west-1:123456789012:cluster/a";
		assert.throws(
			() => refuseRealCloud(foreign, {}),
			/lives on the real cloud \(account 123456789012\)/,
		);
		assert.throws(() => refuseRealCloud("a", { arn: foreign }), /real cloud/);
		refuseRealCloud("arn:aws:ecs:us-east-1:000000000000:cluster/a", {
			arn: "arn:aws:s3:::bucket",
		});
		refuseRealCloud("x/arn:aws:iam::aws:policy/Y", {});
	});

	it("have configurations that cannot be mistaken for each other", () => {
		assert.deepEqual(checkAwsConfig({ region: "eu-west-1" }), []);
		assert.deepEqual(
			checkAwsConfig({ profile: "prod", endpoints: [] }).map((f) => f.property),
			["profile", "endpoints"],
		);
	});
});
