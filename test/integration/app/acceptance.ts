import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	launchBrowser,
	requireBrowser,
} from "../../../cutover/src/adapters/browser.ts";
import { silentTalk } from "../../../cutover/src/console.ts";
import type { Result } from "../../../cutover/src/outcome.ts";
import { type UatGiven, uat } from "../../../cutover/src/uat/run.ts";
import {
	type UatSettings,
	uatSchema,
} from "../../../cutover/src/uat/settings.ts";
import { testAccount } from "../../../rehearsal/seed/accounts.ts";
import type { Release } from "./releases.ts";
import { breakBrowser, type UiDefect } from "./uiDefects.ts";

export interface AcceptOptions extends Partial<UatSettings> {
	readonly defects?: readonly UiDefect[];
	readonly ports?: UatGiven;
	readonly signal?: AbortSignal;
}

/** One browser and one folder for the acceptances of a test file. */
export interface Acceptance {
	readonly folder: string;
	/** Runs an acceptance with the database and the test account, unless told otherwise. */
	accept(
		release: Pick<Release, "baseUrl" | "databaseUrl">,
		options?: AcceptOptions,
	): Promise<{ readonly result: Result; readonly reportDir: string }>;
	/** Writes a file for `--uat`; answers its path. */
	config(yaml: string): Promise<string>;
	close(): Promise<void>;
}

export async function openAcceptance(): Promise<Acceptance> {
	const folder = await mkdtemp(join(tmpdir(), "cutover-uat-"));
	const browser = await launchBrowser(requireBrowser());
	let nth = 0;
	return {
		folder,
		async accept(release, options = {}) {
			const { defects, ports, signal, ...rest } = options;
			nth += 1;
			const settings: UatSettings = {
				...uatSchema.parse({
					baseUrl: release.baseUrl,
					database: release.databaseUrl,
					password: testAccount.password,
					reportDir: join(folder, String(nth)),
				}),
				...rest,
			};
			const result = await uat(
				settings,
				silentTalk,
				signal ?? new AbortController().signal,
				{ launch: async () => breakBrowser(browser, defects), ...ports },
			);
			return { result, reportDir: settings.reportDir };
		},
		async config(yaml) {
			nth += 1;
			const file = join(folder, `uat-${nth}.yaml`);
			await writeFile(file, yaml);
			return file;
		},
		async close() {
			await browser.close();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** Names of the checks that did not pass. */
export function badChecks({ checks }: Result): readonly string[] {
	return checks
		.filter(({ outcome }) => outcome !== "passed")
		.map(({ name }) => name);
}

/** What acceptances left in a release. */
export function leftovers(
	release: Release,
	users: "auth.users" | "legacy_users",
): Promise<readonly Record<string, unknown>[]> {
	return release.query(
		`select email as what from ${users} where email like 'uat-%'
		union all select name from public.workflows where name like 'UAT %'`,
	);
}
