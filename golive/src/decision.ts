import type { Category, Gate } from "./checklist.ts";
import type { Finding, Status } from "./findings.ts";
import type { RefusedRecord } from "./records.ts";
import type { RollbackTo } from "./statement.ts";
import type { Subject } from "./subject.ts";
import type { Waived } from "./waivers.ts";

/** What is to be decided. */
export interface Context {
	readonly stack: string;
	readonly gate: Gate;
	readonly release: string;
	readonly subject: Subject;
	/** `settingsHash` of the stack file, or of what the engine made of it. */
	readonly settings?: string | undefined;
	/** Hash of the plan that is about to be carried out; undefined where none is at hand. */
	readonly planHash?: string | undefined;
	/** An update is about to begin: a plan that somebody signed off has to be at hand, or nothing compares the two. */
	readonly isUpdate?: boolean | undefined;
}

export interface CriterionState {
	readonly id: string;
	readonly title: string;
	readonly level: "mandatory" | "recommended";
	readonly owner: string;
	readonly status: Status;
	/** Whether it counts as met: PASS, or WAIVED. */
	readonly met: boolean;
	readonly findings: readonly Finding[];
	readonly waived?: Waived | undefined;
}

export interface ItemState {
	readonly id: string;
	readonly title: string;
	readonly category: Category;
	readonly group: string;
	readonly owner: string;
	readonly due: string;
	readonly state: "completed" | "pending" | "overdue";
	readonly status: Status;
	readonly findings: readonly Finding[];
	readonly waived?: Waived | undefined;
}

export interface CategoryState {
	readonly category: Category;
	readonly completed: number;
	readonly total: number;
	/** 100 where a gate asks for none. */
	readonly percent: number;
	readonly threshold: number;
	readonly reached: boolean;
	readonly mark: "good" | "warning" | "bad";
}

export interface SignOffState {
	readonly role: string;
	readonly status: Status;
	readonly met: boolean;
	readonly finding: Finding;
	/** Start of the maintenance window that was approved with it. */
	readonly windowStart?: string | undefined;
	readonly waived?: Waived | undefined;
}

/** GO or NO-GO, and everything it rests on. */
export interface Decision {
	readonly decision: "GO" | "NO-GO";
	readonly stack: string;
	readonly gate: Gate;
	readonly release: string;
	readonly subject: Subject;
	/** When it was decided, UTC. */
	readonly at: string;
	/** Hash that sign-offs are given over. */
	readonly evidenceSet: string;
	readonly planHash?: string | undefined;
	/** Why it is NO-GO, one line each, naming criterion, category or role. Empty with GO. */
	readonly blockers: readonly string[];
	readonly criteria: readonly CriterionState[];
	readonly items: readonly ItemState[];
	readonly categories: readonly CategoryState[];
	readonly signOffs: readonly SignOffState[];
	/** What is recommended and not met. */
	readonly recommendations: readonly string[];
	readonly overdue: readonly string[];
	/** Mandatory things that two decision makers let through: to be said loudly. */
	readonly emergencies: readonly string[];
	/** Whom to ask, in this order, when it is NO-GO. */
	readonly escalation: readonly string[];
	/** The release that one may go back to: no gate and no window stands in its way. */
	readonly rollbackTo?: RollbackTo | undefined;
	/** Records that nothing rests on, and why. */
	readonly refused: readonly Pick<RefusedRecord, "path" | "problem">[];
	/** Records that the decision rests on, by digest. */
	readonly records: readonly string[];
}
