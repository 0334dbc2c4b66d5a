/** The message about a run: its worst outcome first, then each job's; anything but success is named as what it is. */
export function buildNotice(title, needs, { channel, commit, run }) {
	const jobs = Object.entries(needs).map(([name, { result }]) => ({
		name,
		result,
	}));
	const order = ["failure", "cancelled", "skipped", "success"];
	const worst =
		order.find((result) => jobs.some((job) => job.result === result)) ??
		"not run";
	const lines = jobs.map(({ name, result }) => `${name}: ${result}`);
	return {
		channel,
		text: `${worst === "success" ? ":white_check_mark:" : ":rotating_light:"} ${title}: ${worst} (${commit.slice(0, 12)})\n${lines.join("\n")}\n<${run}|the run>`,
	};
}
