import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadStackFile } from "@trusted-login/settings";

describe("loadStackFile", () => {
	let folder = "";
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "stack-file-"));
	});
	after(() => rmSync(folder, { recursive: true }));

	const write = (text: string) => {
		const path = join(folder, "Pulumi.test.yaml");
		writeFileSync(path, text);
		return path;
	};

	for (const stack of ["dev", "staging", "prod"]) {
		it(`reads the ${stack} stack of this repository`, () => {
			const settings = loadStackFile(
				join(import.meta.dirname, "..", "..", `Pulumi.${stack}.yaml`),
			);
			assert.equal(settings.phase, stack === "dev" ? "live" : "provision");
			assert.equal(settings.cloud, stack === "dev" ? "laptop" : "aws");
		});
	}

	it("keeps production's backups out of its own window", () => {
		const { database } = loadStackFile(
			join(import.meta.dirname, "..", "..", "Pulumi.prod.yaml"),
		);
		assert.equal(database.backupWindow, "07:00-08:00");
		assert.equal(database.maintenanceWindow, "tue:08:30-tue:09:30");
		assert.ok(database.deletionProtection && database.finalSnapshot);
	});

	it("leaves encrypted secrets and other namespaces alone", () => {
		const path = write(`
encryptionsalt: v1:abc
config:
  aws:region: us-east-1
  trusted-login:cloud: laptop
  trusted-login:jwtSecret: { secure: v1:cipher }
  trusted-login:legacy:
    frontend: { host: 127.0.0.1 }
    api: { host: 127.0.0.1 }
    uploadsDirectory: uploads
  trusted-login:api: { deprecationDate: 2026-12-01, sunsetDate: "2027-06-30" }
`);
		assert.equal(loadStackFile(path).api.deprecationDate, "2026-12-01");
	});

	it("refuses a secret in plain text without repeating it", () => {
		const path = write("config: { trusted-login:jwtSecret: hunter2 }");
		assert.throws(
			() => loadStackFile(path),
			(error: Error) => {
				assert.match(error.message, /jwtSecret: expected an encrypted value/);
				assert.match(error.message, /pulumi config set --secret jwtSecret/);
				assert.doesNotMatch(error.message, /hunter2/);
				return true;
			},
		);
	});

	it("names the file that is no YAML", () => {
		assert.throws(() => loadStackFile(write("config: [")), {
			name: "SettingsError",
			message: /^Pulumi\.test\.yaml cannot be used:\n✖ expected a stack file/,
		});
	});

	it("names the file that is missing", () => {
		assert.throws(() => loadStackFile(join(folder, "Pulumi.gone.yaml")), {
			message: /^Pulumi\.gone\.yaml cannot be used:[\s\S]*ENOENT/,
		});
	});
});
