import { parse, stringify } from "yaml";
import {
	inWindow,
	nextWindow,
	parseChecklist,
	type RollbackTo,
} from "../../../golive/src/index.ts";
import type { GatedSettings } from "../../../golive/src/read/index.ts";
import { loadStackFile } from "../../../settings/src/index.ts";
import {
	checklistText as committed,
	dayMs,
	minuteMs,
	sha256,
	type Variant,
} from "../../golive/fixture.ts";
import type { Stage } from "./stage.ts";

/** One healthy go-live of a hundred: another stack, gate, release, owner, age of the evidence and moment in the window each time. */
export function healthyVariant(stage: Stage, index: number) {
	const pick = <T>(list: readonly [T, ...T[]], step: number): T =>
		list[Math.floor(index / step) % list.length] ?? list[0];
	const gate = pick(["cutover", "release", "provision"] as const, 1);
	const stack = pick(["prod", "staging"] as const, 3);
	const release = `${2 + (index % 7)}.${index % 10}.0`;
	const checklistText = checklistOf(
		index,
		pick(["UTC", "Europe/Paris", "America/New_York"], 6),
	);
	const window = parseChecklist(checklistText).stacks[stack]?.window;
	const next =
		window &&
		nextWindow(Date.parse("2027-01-01T00:00:00Z") + index * 3 * dayMs, window);
	if (window === undefined || next === undefined) throw new Error("no window");
	const nowMs = pick(
		[
			next.startMs,
			next.endMs - 1,
			next.startMs + minuteMs,
			Math.floor((next.startMs + next.endMs) / 2),
		],
		2,
	);
	if (inWindow(nowMs, window) === undefined) throw new Error("not in it");
	// The shortest-lived kind is good for two days.
	const ageMs = pick([2 * dayMs - 1, dayMs, 2 * minuteMs], 5);
	const images = Object.fromEntries(
		["frontend", "backend", "cutover"].map((name) => [
			name,
			sha256(`${name} ${release}`),
		]),
	);
	const { subject } = stage;
	if (subject === undefined) throw new Error("the stage is not open");
	const old: RollbackTo = {
		release: "1.0.0",
		images: { frontend: sha256("old") },
	};
	const variant = {
		...{ stack, gate, release, nowMs, ageMs, checklistText },
		subject: { ...subject, images },
		rollbackTo: pick<RollbackTo>([{ release: "legacy", images: {} }, old], 4),
		title: `${index}: ${stack} ${gate} ${release} at ${new Date(nowMs).toISOString()}, evidence ${ageMs} ms old`,
	} satisfies Variant & { title: string };
	const settings: { stack: string; settings: GatedSettings } = {
		stack,
		settings: {
			...loadStackFile(stage.stackFile),
			phase:
				gate === "provision"
					? pick(["provision", "backfill"] as const, 7)
					: "live",
			images: Object.fromEntries(
				Object.entries(images).map(([name, hex]) => [name, `sha256:${hex}`]),
			),
			gate: {
				mode: "mandatory",
				live: gate === "release" ? "release" : "cutover",
			},
		},
	};
	return { variant, settings };
}

/** The committed checklist with other owners and due dates, and windows of another time zone. */
function checklistOf(index: number, timeZone: string): string {
	const list = parse(committed);
	for (const item of list.items) {
		item.owner = `Team ${index % 5}`;
		item.due = `2026-12-${10 + (index % 15)}`;
	}
	for (const stack of ["prod", "staging"]) {
		list.stacks[stack].window.timeZone = timeZone;
	}
	return stringify(list);
}
