import type { ReportViolation } from "@pulumi/policy";
import { type Finding, formatFinding } from "./finding.ts";
import type { CommonSettings } from "./settings.ts";

/** Whose violation it is. */
interface Reported {
	readonly name: string;
	readonly urn: string;
}

/** Reports a finding: as the rule is configured, or as advice where the settings name the stack. */
export function reportFinding(
	reportViolation: ReportViolation,
	description: string,
	{ name, urn }: Reported,
	finding: Finding,
	{ advisoryStacks }: CommonSettings,
): void {
	if (!advisoryStacks.includes(stackOf(urn).stack)) {
		reportViolation(formatFinding(name, finding), urn);
		return;
	}
	const reported = { name, urn };
	reportAt(reportViolation, description, reported, finding, "advisory");
}

/** Reports a finding at a level of its own, whatever level the rule is configured to. */
export function reportAt(
	reportViolation: ReportViolation,
	description: string,
	{ name, urn }: Reported,
	finding: Finding,
	enforcementLevel: "advisory" | "mandatory",
): void {
	// The SDK takes a level with a single violation, though its type declares the text alone; with plain text it puts the
	// description in front by itself.
	const violation = {
		message: `${description}\n${formatFinding(name, finding)}`,
		urn,
		enforcementLevel,
	};
	Reflect.apply(reportViolation, undefined, [violation]);
}

/** Reads `urn:pulumi:<stack>::<project>::<type>::<name>`: a pack is not told reliably which stack it serves. */
export function stackOf(urn: string): { stack: string; project: string } {
	const [head = "", project = ""] = urn.split("::");
	return { stack: head.replace(/^urn:pulumi:/, ""), project };
}
