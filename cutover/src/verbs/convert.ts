import { conversionOptions, type Verb } from "./verb.ts";

export const convertVerb: Verb = {
	name: "convert",
	phase: "Move the data:",
	summary:
		"convert users, workflows, steps and files; later runs take over what changed",
	options: conversionOptions,
	examples: [
		"cutover convert --source postgresql://cutover@legacy/app --target postgresql:///trusted_login",
		"FILES_SOURCE=/srv/uploads FILES_TARGET=s3://bucket/uploads cutover convert",
	],
	async run(options, { talk, signal }) {
		const [{ parseSettings }, { convertSchema }, { convert }] =
			await Promise.all([
				import("./parse.ts"),
				import("../convert/settings.ts"),
				import("../convert/run.ts"),
			]);
		return await convert(parseSettings(convertSchema, options), talk, signal);
	},
};
