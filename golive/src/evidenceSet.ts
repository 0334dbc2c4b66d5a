import { createHash } from "node:crypto";
import type { Checklist } from "./checklist.ts";
import type { Context } from "./decision.ts";
import { digestsOf } from "./subject.ts";
import type { Trust } from "./trust.ts";

/**
 * The hash that sign-offs are given over: which stack, gate, release and subject; the text of golive.yaml and of the trusted
 * keys; every record that counts, waivers among them. Any change of any of it makes another hash. The time is no part of it.
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
	const { stack, gate, release, subject } = context;
	const digests = Object.entries(digestsOf(subject)).sort(([a], [b]) =>
		a < b ? -1 : 1,
	);
	const text = JSON.stringify([
		"trusted-login evidence set v1",
		stack,
		gate,
		release,
		digests,
		checklist.sha256,
		trust.sha256,
		records,
	]);
	return createHash("sha256").update(text).digest("hex");
}
