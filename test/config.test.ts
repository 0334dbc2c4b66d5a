import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../config.ts";
import { setStackConfig, stackConfig } from "./components/recording.ts";

const laptop = stackConfig("provision", {
	cloud: "laptop",
	legacy: {
		frontend: { host: "127.0.0.1" },
		api: { host: "127.0.0.1" },
		uploadsDirectory: "legacy/uploads",
	},
});

describe("loadConfig", () => {
	let home = "";
	beforeEach(() => {
		home = mkdtempSync(join(tmpdir(), "home-"));
		mkdirSync(join(home, "legacy"));
		writeFileSync(
			join(home, "legacy", "database-url"),
			"postgresql://legacy\n",
		);
		writeFileSync(join(home, "legacy", "jwt-secret"), "from-file\n");
		writeFileSync(join(home, "legacy", "canaries"), "[]\n");
		pulumi.runtime.setMockOptions(undefined, "trusted-login", "test");
	});
	afterEach(() => rmSync(home, { recursive: true }));

	const laptopShell = () => ({
		TRUSTED_LOGIN_CLOUD: "laptop",
		TRUSTED_LOGIN_HOME: home,
	});

	it("hands over settings and secrets of a stack on AWS", async () => {
		setStackConfig(stackConfig("backfill"));
		const config = loadConfig({});
		assert.equal(config.settings.phase, "backfill");
		assert.equal(config.region, "us-east-1");
		assert.equal(config.caFile, undefined);
		assert.equal(await pulumi.isSecret(config.jwtSecret), true);
		assert.equal(await read(config.jwtSecret), "jwt-secret-value");
	});

	it("names file and key of what cannot be used", () => {
		setStackConfig({ ...stackConfig("go"), netwrok: {} });
		assert.throws(
			() => loadConfig({}),
			(error) => {
				assert.ok(error instanceof pulumi.RunError);
				assert.match(error.message, /^Pulumi\.test\.yaml cannot be used:/);
				assert.match(error.message, /→ at phase/);
				assert.match(error.message, /"netwrok"/);
				return true;
			},
		);
	});

	it("refuses a laptop stack in a shell that talks to AWS", () => {
		setStackConfig(laptop);
		assert.throws(() => loadConfig({ TRUSTED_LOGIN_HOME: home }), {
			message:
				'stack test lives on the laptop cloud: expected TRUSTED_LOGIN_CLOUD=laptop, got nothing; run eval "$(npx cutover env)" and try again',
		});
	});

	it("refuses a stack on AWS in a shell that talks to the laptop cloud", () => {
		setStackConfig(stackConfig("provision"));
		assert.throws(() => loadConfig(laptopShell()), {
			message:
				'stack test lives on AWS, but this shell is set to the laptop cloud (TRUSTED_LOGIN_CLOUD): open a new shell without eval "$(npx cutover env)" and try again',
		});
	});

	it("takes the laptop's secrets from the rehearsal's files", async () => {
		setStackConfig(laptop, {});
		const config = loadConfig(laptopShell());
		assert.equal(await read(config.legacyDatabaseUrl), "postgresql://legacy");
		assert.equal(await read(config.jwtSecret), "from-file");
		assert.equal(await pulumi.isSecret(config.legacyDatabaseUrl), true);
		assert.equal(await pulumi.isSecret(config.jwtSecret), true);
	});

	it("prefers a file that the environment names", async () => {
		setStackConfig(laptop, {});
		const file = join(home, "other");
		writeFileSync(file, "named");
		const config = loadConfig({
			...laptopShell(),
			TRUSTED_LOGIN_JWT_SECRET_FILE: file,
		});
		assert.equal(await read(config.jwtSecret), "named");
	});

	it("finds the laptop's uploads and authority in the rehearsal's folder", () => {
		setStackConfig(laptop, {});
		const config = loadConfig(laptopShell());
		assert.equal(
			config.settings.legacy.uploadsDirectory,
			join(home, "legacy", "uploads"),
		);
		assert.equal(config.caFile, join(home, "cloud", "acm", "ca.pem"));
	});

	it("says how to set a secret that is missing on AWS", () => {
		setStackConfig(stackConfig("provision"), { jwtSecret: "x" });
		assert.throws(() => loadConfig({}), {
			message:
				"trusted-login:legacyDatabaseUrl is missing: run pulumi config set --secret legacyDatabaseUrl",
		});
	});

	it("says what to run when the rehearsal has made no secret yet", () => {
		setStackConfig(laptop, {});
		rmSync(join(home, "legacy", "jwt-secret"));
		assert.throws(() => loadConfig(laptopShell()), {
			message: /^trusted-login:jwtSecret is in no configuration.*npm start/,
		});
	});

	it("refuses an empty file", () => {
		setStackConfig(laptop, {});
		writeFileSync(join(home, "legacy", "jwt-secret"), "\n");
		assert.throws(() => loadConfig(laptopShell()), {
			message:
				/^trusted-login:jwtSecret: expected a value in .*, got an empty file/,
		});
	});
});

function read(output: pulumi.Output<string>): Promise<string> {
	return new Promise((done) => {
		output.apply(done);
	});
}
