import assert from "node:assert/strict";
import { renderHtml } from "../../../cutover/src/uat/report/html.ts";
import { renderMarkdown } from "../../../cutover/src/uat/report/markdown.ts";
import { slug } from "../../../cutover/src/uat/report/pictures.ts";
import { reportJson } from "../../../cutover/src/uat/report/write.ts";
import type { UatReport } from "../../../cutover/src/uat/result.ts";

const report: UatReport = {
	outcome: "failed",
	label: "CONDITIONAL",
	finished: true,
	run: "20260801-120000-abcd",
	startedAt: "2026-08-01T12:00:00.000Z",
	seconds: 12.3,
	baseUrl: "https://staging.trusted-login.com",
	browser: "Chromium 150",
	thresholds: { passed: 90, conditional: 70 },
	totals: { scenarios: 2, passed: 1, failed: 1, notRun: 0, successRate: 50 },
	scenarios: [
		{
			name: "login",
			title: "A known user signs in",
			outcome: "failed",
			seconds: 3,
			steps: [
				{
					title: "sign in",
					outcome: "failed",
					seconds: 2,
					screenshot: "uat/login/01-sign-in.png",
					expected: "the address to become /dashboard",
					actual: "/login, which says “<b>wrong</b>”",
				},
			],
			checks: [
				{
					name: "no failed requests",
					outcome: "failed",
					expected: "none",
					actual: "1 found",
					details: ["POST https://api/x answered 500"],
					seconds: 0,
				},
			],
			trace: "uat/login/trace.zip",
		},
		{
			name: "profile",
			title: "A user changes the profile",
			outcome: "passed",
			seconds: 1,
			steps: [],
			checks: [],
		},
	],
	checks: [],
	data: { removed: [], left: [] },
};

describe("the report of an acceptance", () => {
	it("is one page without anything from elsewhere, with its pictures beside it", () => {
		const html = renderHtml(report);
		assert.match(html, /<p class="verdict fair">CONDITIONAL<\/p>/);
		assert.match(html, /src="uat\/login\/01-sign-in\.png"/);
		assert.match(html, /href="uat\/login\/trace\.zip"/);
		assert.doesNotMatch(html, /<script|<link|src="(https?:|\/)/);
		assert.match(html, /POST https:\/\/api\/x answered 500/);
	});

	it("shows what a page said as text, never as a part of itself", () => {
		const html = renderHtml(report);
		assert.ok(html.includes("&lt;b&gt;wrong&lt;/b&gt;"));
		assert.ok(!html.includes("<b>wrong"));
	});

	it("says in Markdown what failed, at which step, and what was watched", () => {
		const text = renderMarkdown(report);
		assert.match(text, /^# User acceptance: CONDITIONAL\n/);
		assert.match(
			text,
			/1 of 2 scenarios passed \(50\.0 %\), 1 failed, 0 not run/,
		);
		assert.match(
			text,
			/- step “sign in”: expected the address to become \/dashboard, got \/login.*\[picture\]\(uat\/login\/01-sign-in\.png\)/,
		);
		assert.match(text, / {2}- POST https:\/\/api\/x answered 500/);
		assert.match(text, /\| PASS \| A user changes the profile \(profile\)/);
	});

	it("hides passwords of addresses", () => {
		const text = reportJson({
			...report,
			baseUrl: "https://ada:s3cret@staging.trusted-login.com",
		});
		assert.doesNotMatch(text, /s3cret/);
	});

	it("names pictures after their steps", () => {
		assert.equal(
			slug("/dashboard on mobile (375×667)"),
			"dashboard-on-mobile-375-667",
		);
		assert.equal(slug("ü"), "step");
	});
});
