import assert from "node:assert/strict";
import { containerOf } from "../ecs/tasks.ts";
import { programIn } from "../programs.ts";
import { type Recording, recordProgram, stackConfig } from "../recording.ts";

const jobs = ["schema", "convert", "final-sync"] as const;

function statementsOf(program: Recording, job: string) {
	const { inputs } = program.get(
		"aws:iam/rolePolicy:RolePolicy",
		`trusted-login-${job}-task`,
	);
	const policy: {
		readonly Statement: readonly {
			readonly Action: readonly string[];
			readonly Resource: readonly string[];
		}[];
	} = JSON.parse(String(inputs.policy));
	return policy.Statement;
}

describe("JobReports", () => {
	it("makes a bucket of the stack's own: private, encrypted, every version kept, safe from a destroy", async () => {
		const program = await programIn("provision");
		const name = "trusted-login-reports";
		const bucket = program.get("aws:s3/bucket:Bucket", name);
		assert.equal(bucket.protect, true);
		assert.equal(bucket.inputs.forceDestroy, false);
		for (const type of [
			"aws:s3/bucketPolicy:BucketPolicy",
			"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
			"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
			"aws:s3/bucketVersioning:BucketVersioning",
		]) {
			assert.equal(program.get(type, name).inputs.bucket, `${name}-1234567`);
		}
	});

	for (const job of jobs) {
		it(`tells ${job} where its reports go, and lets it do nothing but put them there`, async () => {
			const program = await programIn("live");
			const { environment } = containerOf(program, `trusted-login-${job}`);
			assert.equal(
				environment.CUTOVER_REPORT_DIR,
				"s3://trusted-login-reports-1234567/reports",
			);
			const about = statementsOf(program, job).filter(({ Resource }) =>
				Resource.some((arn) => arn.includes("trusted-login-reports")),
			);
			assert.deepEqual(
				about.map(({ Action }) => Action),
				[["s3:PutObject"]],
			);
			assert.match(
				about[0]?.Resource.join() ?? "",
				/^arn:aws:s3:[^,]*:trusted-login-reports\/reports\/\*$/,
			);
		});
	}

	it("gives the services no way to the reports", async () => {
		const program = await programIn("live");
		const policies = program
			.ofType("aws:iam/rolePolicy:RolePolicy")
			.filter(({ name }) => /(frontend|backend)/.test(name));
		assert.ok(policies.length > 0);
		for (const { inputs, name } of policies) {
			assert.doesNotMatch(String(inputs.policy), /-reports/, name);
		}
	});

	it("takes an address of somebody else's bucket, and makes none then", async () => {
		const program = await recordProgram(
			stackConfig("live", {
				reports: { address: "s3://evidence/trusted-login/prod" },
			}),
		);
		assert.deepEqual(
			program.ofType("aws:s3/bucket:Bucket").map(({ name }) => name),
			["trusted-login-uploads"],
		);
		const { environment } = containerOf(program, "trusted-login-convert");
		assert.equal(
			environment.CUTOVER_REPORT_DIR,
			"s3://evidence/trusted-login/prod",
		);
		assert.ok(
			statementsOf(program, "convert").some(
				({ Action, Resource }) =>
					Action.join() === "s3:PutObject" &&
					Resource.join() === "arn:aws:s3:::evidence/trusted-login/prod/*",
			),
		);
	});
});
