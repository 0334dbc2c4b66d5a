// node deploy/pipeline/push.mjs FOLDER: builds the three images of FOLDER and pushes them; their digests become outputs of the step.
// RELEASE, TAG, REGISTRY and NODE_IMAGE (name:tag@sha256:...) say the rest. A tag that is there already is taken as it is: tags never
// move, so a second run pushes nothing.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [folder = "."] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "trusted-login-push-"));

try {
	const release = required("RELEASE", /^\w[\w.-]{0,63}$/);
	const tag = required("TAG", /^\w[\w.-]{0,127}$/);
	const registry = required("REGISTRY", /^[\w.:-]+$/);
	const base = required("NODE_IMAGE", /^[\w./:-]+@sha256:[0-9a-f]{64}$/);
	for (const name of ["frontend", "backend", "cutover"]) {
		const repository = `trusted-login-${name}`;
		const digest =
			digestOf(repository, tag) ??
			build({ name, repository, release, tag, registry, base });
		if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
			throw new Error(`${name}: expected a digest, got ${digest}`);
		}
		console.error(`${repository}:${tag} is ${digest}`);
		if (process.env.GITHUB_OUTPUT) {
			appendFileSync(process.env.GITHUB_OUTPUT, `${name}=${digest}\n`);
		}
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
} finally {
	rmSync(scratch, { recursive: true, force: true });
}

function digestOf(repository, tag) {
	const { status, stdout, stderr } = spawnSync(
		"aws",
		[
			"ecr",
			"describe-images",
			"--repository-name",
			repository,
			"--image-ids",
			`imageTag=${tag}`,
			"--query",
			"imageDetails[0].imageDigest",
			"--output",
			"text",
		],
		{ encoding: "utf8" },
	);
	if (status === 0) return stdout.trim();
	if (stderr?.includes("ImageNotFoundException")) return undefined;
	throw new Error(
		`${repository}: expected the registry to answer, got ${stderr?.trim() || "nothing"}; the phase provision makes it`,
	);
}

function build({ name, repository, release, tag, registry, base }) {
	const metadata = join(scratch, `${name}.json`);
	const { status } = spawnSync(
		"docker",
		[
			"buildx",
			"build",
			"--platform",
			"linux/amd64",
			// Or the digest would be that of an index which also names who built it.
			"--provenance=false",
			"--build-arg",
			`NODE_IMAGE=${base}`,
			"--build-arg",
			`RELEASE=${release}`,
			"--file",
			`deploy/images/${name}.Dockerfile`,
			"--metadata-file",
			metadata,
			"--tag",
			`${registry}/${repository}:${tag}`,
			"--push",
			join(folder, repository),
		],
		{ stdio: ["ignore", "inherit", "inherit"] },
	);
	if (status !== 0) throw new Error(`${name}: the image cannot be built`);
	return JSON.parse(readFileSync(metadata, "utf8"))["containerimage.digest"];
}

function required(name, form) {
	const value = process.env[name] ?? "";
	if (form.test(value)) return value;
	throw new Error(
		`${name}: expected ${form.source}, got ${JSON.stringify(value)}`,
	);
}
