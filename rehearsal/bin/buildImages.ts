import { resolve } from "node:path";
import { buildImages } from "../images/build.ts";

const [release, folder] = process.argv.slice(2);
if (!release || !folder) {
	process.stderr.write(
		"usage: node --import tsx rehearsal/bin/buildImages.ts RELEASE FOLDER\n",
	);
	process.exitCode = 2;
} else {
	const images = await buildImages(release, resolve(folder));
	process.stderr.write(
		`what the images hold is in ${Object.values(images).join(", ")}; deploy/images has a Dockerfile for each\n`,
	);
}
