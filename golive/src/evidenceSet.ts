import { createHash } from "node:crypto";
import type { Checklist } from "./checklist.ts";
import type { Context } from "./decision.ts";
import { digestsOf } from "./subject.ts";
import type { Trust } from "./trust.ts";

/**
 * Hash of what a stack file says, so that whoever edits it voids the sign-offs, also where no plan is compared. Images and phase
 * are judged by themselves, and `gate` only says where to look.
 */
export function settingsHash(settings: object): string {
	const rest = Object.entries(settings).filter(
		([key]) => !["images", "phase", "gate"].includes(key),
	);
	return createHash("sha256")
		.update(canonical(Object.fromEntries(rest)))
		.digest("hex");
}

/** JSON whose keys are in one order. */
const canonical = (value: object): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === "object" && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(
					Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)),
				)
			: inner,
	);

/**
 * The hash that sign-offs are given over: which stack, gate, release and subject; the stack's settings, the text of golive.yaml
 * and of the trusted keys; every record that counts, waivers among them. Any change of any of it makes another hash. The time
 * is no part of it.
 */
export function evidenceSetHash({
	checklist,
	trust,
	context,
	records,
}: {
	readonly checklist: Checklist;
	readonly trust: Trust;
	readonly context: Context;
	/** Digests, sorted. */
	readonly records: readonly string[];
}): string {
	const { stack, gate, release, subject, settings } = context;
	const digests = Object.entries(digestsOf(subject)).sort(([a], [b]) =>
		a < b ? -1 : 1,
	);
	const text = JSON.stringify([
		"trusted-login evidence set v2",
		stack,
		gate,
		release,
		digests,
		settings ?? null,
		checklist.sha256,
		trust.sha256,
		records,
	]);
	return createHash("sha256").update(text).digest("hex");
}
