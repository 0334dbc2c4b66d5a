import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	copyFileSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	repositoryFolder,
	writeTags,
} from "../../../rehearsal/cloud/ecr/registry.ts";
import { laptopPlaces } from "../../../rehearsal/engine/places.ts";
import { decideForLaptop } from "../../../rehearsal/start/decision.ts";
import type { Summary } from "../../../rehearsal/start/summary.ts";

const rows = {
	...{ table: "users", source: 100, migrated: 97, quarantined: 3 },
	bornOnTarget: 0,
};
const summary: Summary = {
	rows: [rows],
	load: undefined,
	ledger: undefined,
	signIns: { tried: 5, worked: 5 },
	urls: {},
	seconds: 60,
	peakResidentBytes: undefined,
};

describe("the decision at the end of npm start", () => {
	const oldHome = process.env.TRUSTED_LOGIN_HOME;
	let root = "";
	beforeEach(() => {
		root = mkdtempSync(join(tmpdir(), "start-decision-"));
		process.env.TRUSTED_LOGIN_HOME = join(root, "home");
		writeFileSync(join(root, ".gitignore"), "home\n");
		for (const file of ["golive.yaml", "Pulumi.dev.yaml", "package-lock.json"])
			copyFileSync(file, join(root, file));
		const git = (...args: string[]) =>
			execFileSync("git", ["-C", root, ...args], { stdio: "pipe" });
		git("init", "--quiet");
		git("add", "--all");
		git(
			...["-c", "user.name=test", "-c", "user.email=test@example.com"],
			...["commit", "--quiet", "--message=test"],
		);
		for (const name of ["frontend", "backend", "cutover"]) {
			const folder = repositoryFolder(
				laptopPlaces().cloud,
				`trusted-login-${name}`,
			);
			const digest = `sha256:${"a".repeat(64)}`;
			writeTags(folder, { "1.0.0": digest, "2.0.0": digest });
		}
	});
	afterEach(() => {
		if (oldHome === undefined) delete process.env.TRUSTED_LOGIN_HOME;
		else process.env.TRUSTED_LOGIN_HOME = oldHome;
		rmSync(root, { recursive: true, force: true });
	});

	it("is NO-GO, says what this run proved, and names what is missing", async () => {
		const text = await decideForLaptop(summary, new Date(), root);
		assert.match(text, /NO-GO for dev, gate cutover, release 2\.0\.0: \d+ thi/);
		assert.match(text, /dev is advisory, so it stops nothing/);
		assert.match(text, /NOT_RUN +All critical tests passing \(QA Team\)/);
		assert.match(text, /proven by this run: conversion;/);
		const file = /decision: (.*)$/m.exec(text)?.[1] ?? "";
		const whole = readFileSync(file, "utf8");
		assert.match(whole, /^# NO-GO: dev, gate cutover, release 2\.0\.0/);
		assert.match(whole, /smoke of dev NOT_RUN: its outcome is "not run"/);
		assert.doesNotMatch(whole, /PRIVATE KEY/);
	});

	it("proves nothing by rows that are lost", async () => {
		const text = await decideForLaptop(
			{ ...summary, rows: [{ ...rows, migrated: 96 }] },
			new Date(),
			root,
		);
		assert.match(text, /proven by this run: nothing;/);
	});

	it("cannot be made of a checkout with changes, and says so", async () => {
		writeFileSync(join(root, "later.ts"), "");
		const text = await decideForLaptop(summary, new Date(), root);
		assert.match(text, /NO-GO for dev: it cannot be decided: expected a check/);
	});
});
