// The comment of a review, as text. What it is made of comes from a change that nobody has reviewed yet: it is shown, never
// believed, so all of it stands in code blocks that it cannot end.

/** By this the next run finds the comment that it updates. */
export const marker = "<!-- trusted-login: review of the infrastructure -->";

/** GitHub takes 65,536 characters. */
const longest = 65_000;
const longestBlockers = 4_000;

/** The body of the comment, shorter than GitHub's limit; what does not fit is left out of the middle of the longest parts. */
export function buildComment(reviews, commit) {
	const room = Math.floor(
		(longest - 2_000) / Math.max(1, reviews.length) - longestBlockers - 1_000,
	);
	const parts = reviews.map((review) => reviewPart(review, room));
	const body = parts.length > 0 ? parts : ["No preview was made."];
	return [marker, `Review of \`${plain(commit)}\``, ...body].join("\n\n");
}

/** What a review says when a file of it is missing or no JSON: never GO. */
export function parseDecision(text) {
	try {
		const { decision, gate, release, blockers, window } = JSON.parse(text);
		const reasons = Array.isArray(blockers) ? blockers.map(String) : [];
		const isGo = decision === "GO" && reasons.length === 0;
		return {
			headline: `${isGo ? "GO" : "NO-GO"}, gate ${plain(gate)}, release ${plain(release)}`,
			blockers: reasons,
			window: isGo ? windowText(window) : undefined,
		};
	} catch {
		return {
			headline: "NO-GO",
			blockers: ["nothing was decided: cutover decide left no result"],
			window: undefined,
		};
	}
}

function windowText(window) {
	return window?.isOpen === true
		? "The maintenance window is open."
		: "The maintenance window is not open.";
}

function reviewPart({ stack, decision, preview }, room) {
	const { headline, blockers, window } = parseDecision(decision ?? "");
	return [
		`### ${plain(stack)}: ${headline}`,
		...(window === undefined ? [] : [window]),
		...(blockers.length === 0
			? []
			: [
					details(
						`What is missing (${blockers.length})`,
						blockers.join("\n"),
						longestBlockers,
					),
				]),
		preview === undefined
			? "**The preview did not run**; see the run's log."
			: details("Preview with the policy pack", preview, room),
	].join("\n\n");
}

function details(summary, text, room) {
	const shown = shorten(text.trim() === "" ? "(nothing)" : text.trim(), room);
	const longestTicks = Math.max(
		2,
		...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length),
	);
	const fence = "`".repeat(longestTicks + 1);
	return `<details><summary>${summary}</summary>\n\n${fence}text\n${shown}\n${fence}\n\n</details>`;
}

/** The beginning, and more of the end: there the engine says what is refused and how much would change. */
function shorten(text, room) {
	// As long as it is, it may be nothing but ticks, and then its fence is as long again.
	const [ticks = ""] = [...text.matchAll(/`+/g)]
		.map(([found]) => found)
		.sort((one, other) => other.length - one.length);
	const tame = ticks.length > 20 ? text.replaceAll("`", "'") : text;
	if (tame.length <= room) return tame;
	const head = Math.floor(room * 0.3);
	const tail = room - head - 60;
	return `${tame.slice(0, head)}\n... ${tame.length - head - tail} characters left out ...\n${tame.slice(-tail)}`;
}

/** A name that is no markup. */
function plain(value) {
	return String(value ?? "unknown")
		.replaceAll(/[^\w .:/-]/g, "?")
		.slice(0, 80);
}
