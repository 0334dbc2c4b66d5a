import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stop } from "esbuild";
import { pushImage, repositoryFolder } from "../cloud/ecr/registry.ts";
import { laptopPlaces } from "../engine/places.ts";
import { buildImages } from "../images/build.ts";
import { firstRelease, secondRelease } from "./updates.ts";

/** The migration image comes with the first release only: the second changes the application, not the conversion. */
const wanted: readonly (readonly [string, string])[] = [
	["trusted-login-backend", firstRelease],
	["trusted-login-frontend", firstRelease],
	["trusted-login-cutover", firstRelease],
	["trusted-login-backend", secondRelease],
	["trusted-login-frontend", secondRelease],
];

/** Builds and pushes what the registries do not have yet, and answers it as `repository:tag`. */
export async function pushReleases(): Promise<readonly string[]> {
	const missing = wanted.filter(
		([repository, tag]) => !isPushed(repository, tag),
	);
	const scratch = mkdtempSync(join(tmpdir(), "trusted-login-images-"));
	try {
		for (const release of new Set(missing.map(([, tag]) => tag))) {
			const folders = new Map(
				Object.entries(await buildImages(release, join(scratch, release))),
			);
			for (const [repository, tag] of missing) {
				const folder = folders.get(repository);
				if (tag === release && folder !== undefined)
					pushImage(repository, folder, tag);
			}
		}
		return missing.map(([repository, tag]) => `${repository}:${tag}`);
	} finally {
		// The bundler would keep what it built in memory, for as long as this process lives.
		await stop();
		rmSync(scratch, { recursive: true, force: true });
	}
}

function isPushed(repository: string, tag: string): boolean {
	const tags = join(
		repositoryFolder(laptopPlaces().cloud, repository),
		"tags.json",
	);
	return existsSync(tags) && tag in JSON.parse(readFileSync(tags, "utf8"));
}
