import assert from "node:assert/strict";
import { programIn } from "./programs.ts";
import { digest } from "./recording.ts";

describe("the program", () => {
	for (const phase of ["provision", "backfill", "live"] as const) {
		it(`puts every resource of phase ${phase} into a component of its own namespace`, async () => {
			const program = await programIn(phase);
			for (const { type, name, parent } of program.resources) {
				assert.ok(type.startsWith("trusted-login:") || parent !== "", name);
			}
		});

		it(`gives every resource of phase ${phase} a name of its own`, async () => {
			const program = await programIn(phase);
			const urns = program.resources.map(({ urn }) => urn);
			assert.equal(new Set(urns).size, urns.length);
		});
	}

	it("keeps every resource of an earlier phase in the later ones", async () => {
		const urns = async (phase: "provision" | "backfill" | "live") =>
			new Set((await programIn(phase)).resources.map(({ urn }) => urn));
		const backfill = await urns("backfill");
		const live = await urns("live");
		for (const urn of await urns("provision"))
			assert.ok(backfill.has(urn), urn);
		for (const urn of backfill) assert.ok(live.has(urn), urn);
	});

	it("keeps every log line for a while, and none for ever", async () => {
		const program = await programIn("live");
		const groups = program.ofType("aws:cloudwatch/logGroup:LogGroup");
		assert.equal(groups.length, 5);
		for (const { name, inputs } of groups) {
			assert.equal(inputs.retentionInDays, 30, name);
		}
	});

	it("puts out addresses, names and digests", async () => {
		const { outputs } = await programIn("provision");
		assert.deepEqual(
			{ ...outputs, imageRepositories: undefined },
			{
				phase: "provision",
				databaseEndpoint: "trusted-login-db.rds.amazonaws.com:5432",
				clusterName: "trusted-login-cluster",
				frontendUrl: "https://trusted-login.com",
				apiUrl: "https://api.trusted-login.com",
				testUrl: "https://trusted-login-edge.elb.amazonaws.com:8443",
				loadBalancer: "trusted-login-edge.elb.amazonaws.com",
				imageRepositories: undefined,
				images: {
					frontend: digest("a"),
					backend: digest("b"),
					cutover: "v7",
				},
				uploadsBucket: "trusted-login-uploads-1234567",
				jobReports: "s3://trusted-login-reports-1234567/reports",
				releaseDigests: {},
				certificateRecords: [],
			},
		);
	});
});
