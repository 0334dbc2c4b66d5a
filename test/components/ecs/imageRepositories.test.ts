import assert from "node:assert/strict";
import { programIn } from "../programs.ts";
import { digest } from "../recording.ts";
import { containerOf } from "./tasks.ts";

describe("ImageRepositories", () => {
	it("keeps tags where they are and scans every push", async () => {
		const program = await programIn("provision");
		const repositories = program.ofType("aws:ecr/repository:Repository");
		assert.deepEqual(
			repositories.map(({ inputs }) => inputs.name),
			[
				"trusted-login-frontend",
				"trusted-login-backend",
				"trusted-login-cutover",
			],
		);
		for (const { inputs, protect } of repositories) {
			assert.equal(protect, true);
			assert.equal(inputs.imageTagMutability, "IMMUTABLE");
			assert.deepEqual(inputs.imageScanningConfiguration, {
				scanOnPush: true,
			});
			assert.equal(inputs.forceDelete, false);
		}
	});

	it("deploys a digest as it is", async () => {
		const { image } = containerOf(
			await programIn("backfill"),
			"trusted-login-frontend",
		);
		assert.equal(
			image,
			`123456789012.dkr.ecr.us-east-1.amazonaws.com/trusted-login-frontend@${digest("a")}`,
		);
	});

	it("asks the repository what a tag stands for, and deploys that", async () => {
		const program = await programIn("backfill");
		const { image } = containerOf(program, "trusted-login-schema");
		assert.equal(
			image,
			`123456789012.dkr.ecr.us-east-1.amazonaws.com/trusted-login-cutover@${digest("c")}`,
		);
		assert.deepEqual(program.outputs.releaseDigests, {
			frontend: digest("a"),
			backend: digest("b"),
			cutover: digest("c"),
		});
	});
});
