import assert from "node:assert/strict";
import { parseSettings, SettingsError } from "@trusted-login/settings";

const smallest = {
	cloud: "aws",
	legacy: {
		frontend: { host: "10.20.0.10" },
		api: { host: "10.20.0.11" },
		uploadsDirectory: "/srv/uploads",
	},
	api: { deprecationDate: "2026-12-01", sunsetDate: "2027-06-30" },
};
const laptop = {
	...smallest,
	cloud: "laptop",
	legacy: {
		frontend: { host: "127.0.0.1" },
		api: { host: "127.0.0.1" },
		uploadsDirectory: "legacy/uploads",
	},
};

describe("parseSettings", () => {
	it("fills in the figures of the plan", () => {
		const { network, database, phase, edge, services } = parseSettings(
			smallest,
			"f",
		);
		assert.equal(phase, "provision");
		assert.deepEqual(network, {
			cidr: "10.0.0.0/16",
			publicSubnets: ["10.0.1.0/24", "10.0.2.0/24"],
			privateSubnets: ["10.0.10.0/24", "10.0.11.0/24"],
			availabilityZones: ["us-east-1a", "us-east-1b"],
			natGateways: "perZone",
		});
		assert.deepEqual(database, {
			engineVersion: "15",
			instanceClass: "db.t3.micro",
			allocatedStorageGb: 20,
			maxAllocatedStorageGb: 100,
			name: "trusted_login",
			port: 5432,
			multiAz: true,
			deletionProtection: true,
			backupRetentionDays: 7,
			backupWindow: "03:00-04:00",
			maintenanceWindow: "sun:04:00-sun:05:00",
			finalSnapshot: true,
			forceSsl: true,
			logicalReplication: true,
		});
		assert.deepEqual(edge.ports, { http: 80, https: 443, test: 8443 });
		assert.equal(services.backend.bakeMinutes, 5);
	});

	it("names the file and every bad key in one error", () => {
		const bad = {
			...smallest,
			database: { port: 0, backupRetentionDays: "7" },
			edge: { frontendDomain: "Trusted Login" },
			loggs: {},
		};
		assert.throws(
			() => parseSettings(bad, "Pulumi.prod.yaml"),
			(error: unknown) => {
				assert.ok(error instanceof SettingsError);
				assert.equal(error.file, "Pulumi.prod.yaml");
				for (const named of [
					/^Pulumi\.prod\.yaml cannot be used:/,
					/→ at database\.port/,
					/→ at database\.backupRetentionDays/,
					/→ at edge\.frontendDomain/,
					/"loggs"/,
				]) {
					assert.match(error.message, named);
				}
				return true;
			},
		);
	});

	const refused: [string, object, RegExp][] = [
		["a missing cloud", { cloud: undefined }, /→ at cloud/],
		["another platform", { platform: "vm" }, /→ at platform/],
		["an unknown phase", { phase: "go" }, /→ at phase/],
		[
			"a subnet outside the VPC",
			{ network: { publicSubnets: ["10.1.1.0/24", "10.0.2.0/24"] } },
			/expected a network inside 10\.0\.0\.0\/16, got 10\.1\.1\.0\/24\n +→ at network\.publicSubnets\[0\]/,
		],
		[
			"overlapping subnets",
			{ network: { privateSubnets: ["10.0.2.0/25", "10.0.11.0/24"] } },
			/10\.0\.2\.0\/25 overlaps 10\.0\.2\.0\/24\n +→ at network\.privateSubnets\[0\]/,
		],
		[
			"a CIDR with host bits",
			{ network: { cidr: "10.0.0.1/16" } },
			/expected an IPv4 network such as 10\.0\.1\.0\/24, got 10\.0\.0\.1\/16/,
		],
		[
			"a single zone",
			{ network: { availabilityZones: ["us-east-1a"] } },
			/at least two zones.*\n +→ at network\.availabilityZones/,
		],
		[
			"the same zone twice",
			{ network: { availabilityZones: ["us-east-1a", "us-east-1a"] } },
			/expected distinct zones/,
		],
		[
			"fewer subnets than zones",
			{ network: { publicSubnets: ["10.0.1.0/24"] } },
			/expected one subnet for each of 2 zones, got 1/,
		],
		[
			"no way out for tasks on AWS",
			{ network: { natGateways: "none" } },
			/→ at network\.natGateways/,
		],
		[
			"less room to grow than there is at the start",
			{ database: { allocatedStorageGb: 200 } },
			/expected at least allocatedStorageGb \(200\), got 100/,
		],
		[
			"a malformed backup window",
			{ database: { backupWindow: "3-4" } },
			/expected "hh:mm-hh:mm" in UTC/,
		],
		[
			"a malformed maintenance window",
			{ database: { maintenanceWindow: "03:00-04:00" } },
			/expected "ddd:hh:mm-ddd:hh:mm" in UTC/,
		],
		[
			"windows that overlap",
			{ database: { maintenanceWindow: "mon:03:30-mon:04:30" } },
			/overlaps backupWindow 03:00-04:00/,
		],
		[
			"no backups",
			{ database: { backupRetentionDays: 0 } },
			/→ at database\.backupRetentionDays/,
		],
		[
			"one port twice",
			{ edge: { ports: { http: 443 } } },
			/expected three distinct ports\n +→ at edge\.ports/,
		],
		[
			"one domain twice",
			{ edge: { apiDomain: "trusted-login.com" } },
			/expected another domain than frontendDomain/,
		],
		[
			"operators everywhere",
			{ edge: { operatorCidrs: ["0.0.0.0/0"] } },
			/expected the networks of the operators/,
		],
		[
			"more operators than a rule takes",
			{
				edge: {
					operatorCidrs: [
						"10.1.0.0/16",
						"10.2.0.0/16",
						"10.3.0.0/16",
						"10.4.0.0/16",
					],
				},
			},
			/expected three networks at most/,
		],
		[
			"something else for a certificate",
			{ edge: { certificateArn: "trusted-login.com" } },
			/expected the ARN of an ACM certificate/,
		],
		[
			"a short digest",
			{ images: { frontend: "sha256:abc" } },
			/expected sha256:<64 hex digits> or a tag/,
		],
		[
			"a tag that moves",
			{ images: { backend: "latest" } },
			/a tag that never moves, got latest/,
		],
		[
			"memory that Fargate does not offer",
			{ services: { frontend: { cpu: 256, memoryMb: 4096 } } },
			/expected 512 to 2048 in steps of 512 with cpu 256, got 4096/,
		],
		[
			"CPU that Fargate does not offer",
			{ jobs: { cpu: 300 } },
			/expected cpu to be one of 256, 512, 1024, 2048, 4096, got 300/,
		],
		[
			"an end before the deprecation",
			{ api: { deprecationDate: "2026-12-01", sunsetDate: "2026-11-30" } },
			/expected a date after deprecationDate/,
		],
		[
			"a day that does not exist",
			{ api: { deprecationDate: "2026-02-30", sunsetDate: "2026-11-30" } },
			/expected a date such as "2027-06-30"/,
		],
		[
			"a retention that CloudWatch does not know",
			{ logs: { retentionDays: 31 } },
			/expected one of 1, 3, 5, 7, 14, 30/,
		],
		[
			"a bucket without a prefix for reports",
			{ reports: { address: "s3://evidence" } },
			/expected s3:\/\/bucket\/prefix, without a slash at its end/,
		],
		[
			"a prefix for reports that would allow more than it says",
			{ reports: { address: "s3://evidence/*" } },
			/expected s3:\/\/bucket\/prefix, without a slash at its end/,
		],
		[
			"a recovery window that Secrets Manager does not know",
			{ secrets: { recoveryDays: 3 } },
			/expected 0, or 7 to 30/,
		],
		[
			"a public address for the legacy system on AWS",
			{ legacy: { ...smallest.legacy, api: { host: "127.0.0.1" } } },
			/got 127\.0\.0\.1: an ALB takes no other\n +→ at legacy\.api\.host/,
		],
		[
			"a relative folder on AWS",
			{ legacy: { ...smallest.legacy, uploadsDirectory: "uploads" } },
			/expected an absolute path, got uploads/,
		],
	];
	for (const [what, change, message] of refused) {
		it(`refuses ${what}`, () => {
			assert.throws(() => parseSettings({ ...smallest, ...change }, "f"), {
				name: "SettingsError",
				message,
			});
		});
	}

	for (const phase of ["backfill", "live"]) {
		it(`asks for images, operators and the uploads in phase ${phase}`, () => {
			assert.throws(
				() => parseSettings({ ...smallest, phase }, "f"),
				(error) => {
					assert.ok(error instanceof SettingsError);
					for (const key of [
						"images.frontend",
						"images.backend",
						"images.cutover",
						"edge.operatorCidrs",
						"legacy.uploadsFileSystemId",
					]) {
						assert.ok(error.message.includes(`→ at ${key}`), key);
					}
					return true;
				},
			);
		});
	}

	it("refuses two listeners on one port of the laptop", () => {
		assert.throws(
			() => parseSettings({ ...laptop, database: { port: 8007 } }, "f"),
			{
				message:
					/8007 is legacy\.api\.port's: one machine, one port each\n +→ at database\.port/,
			},
		);
	});

	it("lets one port stand on several machines of AWS", () => {
		const settings = parseSettings(
			{ ...smallest, database: { port: 8007 } },
			"f",
		);
		assert.equal(settings.database.port, 8007);
	});
});
