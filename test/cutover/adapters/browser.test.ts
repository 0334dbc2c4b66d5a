import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	browserFlags,
	findBrowser,
	installCommand,
	requireBrowser,
} from "../../../cutover/src/adapters/browser.ts";

describe("the browser of a machine", () => {
	let folder: string;
	const pathBefore = process.env.PATH;
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "cutover-browser-"));
		await writeFile(join(folder, "google-chrome"), "");
		await writeFile(join(folder, "chromium"), "");
		await chmod(join(folder, "google-chrome"), 0o755);
	});
	after(() => rm(folder, { recursive: true, force: true }));
	afterEach(() => {
		process.env.PATH = pathBefore;
	});

	it("is the one that is named, and no other", () => {
		const named = join(folder, "google-chrome");
		assert.equal(findBrowser(named), named);
		assert.equal(findBrowser(join(folder, "none")), undefined);
	});

	it("is the first on PATH that can be executed", () => {
		process.env.PATH = folder;
		assert.equal(findBrowser(), join(folder, "google-chrome"));
	});

	it("is asked for with the command that installs one", () => {
		assert.throws(() => requireBrowser(join(folder, "chromium")), {
			name: "NotAvailableError",
			message:
				/^expected a browser at .*chromium, got a file that cannot be executed; .*install one: /,
		});
	});

	for (const [platform, has, isRoot, command] of [
		["linux", "/usr/bin/apt-get", true, "apt-get install -y chromium"],
		["linux", "/usr/bin/apt-get", false, "sudo apt-get install -y chromium"],
		["linux", "/usr/bin/dnf", false, "sudo dnf install -y chromium"],
		["linux", "/sbin/apk", true, "apk add chromium"],
		["darwin", "", false, "brew install --cask chromium"],
		["linux", "", false, "the package chromium of your system"],
	] as const) {
		it(`is installed by: ${command}`, () => {
			assert.equal(
				installCommand(platform, (file) => file === has, isRoot),
				command,
			);
		});
	}

	it("calls nobody by itself, and trusts only the keys that are given", () => {
		for (const flag of [
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		]) {
			assert.ok(browserFlags([]).includes(flag), flag);
		}
		assert.ok(!browserFlags([]).some((flag) => /certificate/.test(flag)));
		assert.ok(
			browserFlags(["a=", "b="]).includes(
				"--ignore-certificate-errors-spki-list=a=,b=",
			),
		);
	});
});
