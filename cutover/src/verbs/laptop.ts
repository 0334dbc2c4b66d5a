import type { Verb } from "./verb.ts";

export const envVerb: Verb = {
	name: "env",
	phase: "On the laptop:",
	summary: "print the shell lines that put the laptop cloud in front",
	options: [],
	isRecorded: false,
	examples: ['eval "$(npx cutover env)"'],
	async run(_options, { signal }) {
		const { askRehearsal } = await import("../laptop/rehearsal.ts");
		return await askRehearsal("env", signal);
	},
};

export const doctorVerb: Verb = {
	name: "doctor",
	phase: "On the laptop:",
	summary: "say what this machine has of what the laptop cloud needs",
	options: [],
	isRecorded: false,
	examples: ["cutover doctor"],
	async run(_options, { signal }) {
		const { askRehearsal } = await import("../laptop/rehearsal.ts");
		return await askRehearsal("doctor", signal);
	},
};
