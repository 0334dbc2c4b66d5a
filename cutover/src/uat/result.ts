import type { Check, Outcome } from "../outcome.ts";
import type { LeftDatum, TestDatum } from "./testData.ts";

/** One step as it went. */
export interface StepResult {
	readonly title: string;
	readonly outcome: Outcome;
	readonly seconds: number;
	/** Path of the picture, relative to the report. */
	readonly screenshot?: string;
	readonly expected?: string;
	readonly actual?: string;
}

/** One scenario as it went. */
export interface ScenarioResult {
	readonly name: string;
	readonly title: string;
	/** Of its steps. */
	readonly outcome: Outcome;
	readonly seconds: number;
	readonly steps: readonly StepResult[];
	/** What was watched meanwhile: console, requests, accessibility. */
	readonly checks: readonly Check[];
	/** Why it did not run, or what it failed at. */
	readonly reason?: string;
	/** Path of the recording, relative to the report; only kept when something failed. */
	readonly trace?: string;
}

export type Label = "PASSED" | "CONDITIONAL" | "FAILED" | "NOT RUN";

export interface Totals {
	readonly scenarios: number;
	/** Scenarios whose steps and checks all passed. */
	readonly passed: number;
	readonly failed: number;
	readonly notRun: number;
	/** Share of passed ones among all, in percent. */
	readonly successRate: number;
}

/** What uat.json holds. */
export interface UatReport {
	readonly outcome: Outcome;
	readonly label: Label;
	/** False while it runs, and when it was killed. */
	readonly finished: boolean;
	readonly run: string;
	readonly startedAt: string;
	readonly seconds: number;
	readonly baseUrl: string;
	readonly browser: string;
	readonly thresholds: {
		readonly passed: number;
		readonly conditional: number;
	};
	readonly totals: Totals;
	readonly scenarios: readonly ScenarioResult[];
	/** What concerns no scenario: whether the application answers, whether data was removed, whether reports could be written. */
	readonly checks: readonly Check[];
	readonly data: {
		readonly removed: readonly TestDatum[];
		readonly left: readonly LeftDatum[];
	};
}
