// node deploy/pipeline/promote.mjs STAGING.json: carries the images that staging proved into the registry of STACK.
// STAGING.json is `pulumi stack output releaseDigests --json`; STACK, RELEASE, SOURCE_REGISTRY and TARGET_REGISTRY say the rest.
// Run twice it does nothing more: a digest that is there already is not copied again.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { promotionCommands, provenImages } from "./images.mjs";

try {
	const [file = ""] = process.argv.slice(2);
	const stackFile = `Pulumi.${required("STACK", /^[\w-]+$/)}.yaml`;
	const stack = parse(readFileSync(stackFile, "utf8"));
	const images = provenImages(
		JSON.parse(readFileSync(file, "utf8")),
		stack.config?.["trusted-login:images"],
	);
	const where = {
		from: required("SOURCE_REGISTRY", /^[\w.:-]+$/),
		to: required("TARGET_REGISTRY", /^[\w.:-]+$/),
		release: required("RELEASE", /^\w[\w.-]{0,127}$/),
	};
	for (const image of images) {
		const { copy, look } = promotionCommands(image, where);
		if (run(look) !== 0 && (run(copy) !== 0 || run(look) !== 0)) {
			throw new Error(
				`${image.name}: expected ${image.digest} in ${where.to}, got none; nothing was deployed`,
			);
		}
		console.error(`${image.name} ${image.digest} is in ${where.to}`);
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
}

function run([program, ...args]) {
	return spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] })
		.status;
}

function required(name, form) {
	const value = process.env[name] ?? "";
	if (form.test(value)) return value;
	throw new Error(
		`${name}: expected ${form.source}, got ${JSON.stringify(value)}`,
	);
}
