import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export type LocateModule = (name: string, folder: string) => string;

/** The file that `name` means for code in `folder`. @throws with what to do when the program's packages are not installed. */
export const locateModule: LocateModule = (name, folder) => {
	try {
		return createRequire(join(folder, "program.js")).resolve(name);
	} catch (cause) {
		throw new Error(
			`${name} is not installed for ${folder}; run npm ci in its package`,
			{ cause },
		);
	}
};

/** Version of the SDK that a program in `folder` uses; empty when there is none. */
export function sdkVersion(folder: string): string {
	return installedVersion("@pulumi/pulumi", folder) ?? "";
}

/** The direct dependencies of the package that `folder` belongs to, with the versions that are installed. */
export function listDependencies(
	folder: string,
): { name: string; version: string }[] {
	const manifest = findManifest(folder);
	if (manifest === undefined) return [];
	const { dependencies } = readObject(manifest);
	return Object.keys(asObject(dependencies))
		.sort()
		.map((name) => ({
			name,
			version: installedVersion(name, folder) ?? "not installed",
		}));
}

function installedVersion(name: string, folder: string): string | undefined {
	const file = findUpwards(join("node_modules", name, "package.json"), folder);
	if (file === undefined) return undefined;
	const { version } = readObject(file);
	return typeof version === "string" ? version : undefined;
}

const findManifest = (folder: string): string | undefined =>
	findUpwards("package.json", folder);

function findUpwards(path: string, folder: string): string | undefined {
	const candidate = join(folder, path);
	if (existsSync(candidate)) return candidate;
	const parent = dirname(folder);
	return parent === folder ? undefined : findUpwards(path, parent);
}

function readObject(file: string): Record<string, unknown> {
	return asObject(JSON.parse(readFileSync(file, "utf8")));
}

const asObject = (value: unknown): Record<string, unknown> =>
	typeof value === "object" && value !== null ? { ...value } : {};
