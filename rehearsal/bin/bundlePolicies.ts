import { join } from "node:path";
import { checkout } from "../engine/places.ts";
import { bundlePack } from "../pack/bundle.ts";

const { folder, bytes } = await bundlePack(join(checkout(), "policies/dist"));
process.stderr.write(
	`the pack is in ${folder} (${Math.round(bytes / 1024)} KiB); use it with --policy-pack ${folder}, or publish it: pulumi policy publish\n`,
);
