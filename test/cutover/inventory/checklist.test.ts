import assert from "node:assert/strict";
import {
	type Answers,
	parseAnswers,
} from "../../../cutover/src/inventory/answers.ts";
import {
	buildChecklist,
	type ChecklistId,
	type ChecklistItem,
} from "../../../cutover/src/inventory/checklist.ts";
import type { Inventory } from "../../../cutover/src/inventory/facts.ts";
import { findRisks } from "../../../cutover/src/inventory/risks/index.ts";
import { sound, withOther, withTable } from "./sound.ts";

const today = "2026-08-01";

const answer = (...covers: string[]) => ({
	by: "Ada Lovelace",
	on: "2026-07-31",
	statement: "looked at and agreed",
	covers,
});

function items(
	inventory: Inventory,
	answers: Answers = {},
): Readonly<Record<string, ChecklistItem>> {
	const risks = findRisks(inventory);
	return Object.fromEntries(
		buildChecklist(inventory, risks, answers, today).map((item) => [
			item.id,
			item,
		]),
	);
}

describe("the preparation checklist", () => {
	it("has five items, all answered by the inventory of a sound system", () => {
		assert.deepEqual(
			Object.values(items(sound)).map(({ id, title, answeredBy }) => [
				id,
				title,
				answeredBy,
			]),
			[
				["inventory-complete", "Inventory complete", "inventory"],
				["data-sources-identified", "Data sources identified", "inventory"],
				[
					"legacy-functions-mapped",
					"Legacy functions mapped to new features",
					"inventory",
				],
				["dependency-analysis", "Dependency analysis", "inventory"],
				["risk-assessment", "Risk assessment", "inventory"],
			],
		);
	});

	const open: readonly (readonly [
		title: string,
		inventory: Inventory,
		id: ChecklistId,
		points: readonly string[],
	])[] = [
		[
			"what could not be read",
			{
				...sound,
				unread: [{ part: "rows", what: "public.secret", why: "denied" }],
			},
			"inventory-complete",
			["rows: public.secret"],
		],
		[
			"tables that stay behind, but not their partitions",
			{
				...sound,
				tables: [
					...withOther({ kind: "partitioned" }).tables,
					...withOther({
						name: "public.other_1",
						parent: "public.other",
					}).tables.slice(-1),
				],
			},
			"data-sources-identified",
			["table public.other"],
		],
		[
			"foreign servers and large objects",
			{
				...sound,
				largeObjects: 1,
				foreignServers: [{ name: "crm", wrapper: "postgres_fdw", address: "" }],
			},
			"data-sources-identified",
			["foreign server crm", "large objects"],
		],
		[
			"an uploads folder that was not given",
			{
				...sound,
				files: null,
				unread: [{ part: "files", what: "uploads folder", why: "" }],
			},
			"data-sources-identified",
			["files: uploads folder"],
		],
		[
			"endpoints that nothing takes over from",
			{
				...sound,
				api: sound.api && {
					...sound.api,
					successors: [{ endpoint: "GET /api/v1/workflows", successor: null }],
				},
			},
			"legacy-functions-mapped",
			["GET /api/v1/workflows"],
		],
		[
			"every endpoint when there was nothing to compare with",
			{ ...sound, api: sound.api && { ...sound.api, successors: null } },
			"legacy-functions-mapped",
			["GET /api/v1/workflows"],
		],
		[
			"what triggers do",
			withTable("public.workflows", () => ({
				triggers: [
					{
						name: "audit",
						function: "public.audit",
						definition: "",
						isEnabled: true,
					},
				],
			})),
			"legacy-functions-mapped",
			["trigger audit on public.workflows"],
		],
		[
			"parts that the application's settings name, but not its database",
			{
				...sound,
				dependencies: {
					clients: [],
					settings: [
						{ setting: "DB", kind: "database", address: "postgresql://db" },
						{ setting: "CACHE", kind: "cache", address: "redis://c" },
					],
				},
			},
			"dependency-analysis",
			["CACHE: redis://c"],
		],
		[
			"settings that were not given",
			{
				...sound,
				unread: [
					{ part: "application settings", what: "settings file", why: "" },
				],
			},
			"dependency-analysis",
			["application settings: settings file"],
		],
		[
			"blockers and warnings, but not notes",
			{
				...withTable("public.legacy_users", () => ({ rows: 9_999 })),
				largeObjects: 1,
				server: { ...sound.server, encoding: "SQL_ASCII" },
			},
			"risk-assessment",
			["encoding", "large-objects"],
		],
	];
	for (const [title, inventory, id, points] of open) {
		it(`leaves open ${title}`, () => {
			const item = items(inventory)[id];
			assert.deepEqual(item?.openPoints, points);
			assert.deepEqual(item?.unanswered, points);
			assert.equal(item?.answeredBy, null);
		});

		it(`lets a person answer for ${title}`, () => {
			const item = items(inventory, { [id]: answer(...points) })[id];
			assert.deepEqual(item?.unanswered, []);
			assert.deepEqual(item?.answeredBy, {
				by: "Ada Lovelace",
				on: "2026-07-31",
				statement: "looked at and agreed",
			});
		});
	}

	it("is open again when a point comes up that the answer does not cover", () => {
		const inventory = { ...withOther({}), largeObjects: 2 };
		const item = items(inventory, {
			"data-sources-identified": answer("table public.other"),
		})["data-sources-identified"];
		assert.deepEqual(item?.unanswered, ["large objects"]);
		assert.equal(item?.answeredBy, null);
	});

	it("takes no answer that is dated ahead, and says so", () => {
		const item = items(withOther({}), {
			"data-sources-identified": {
				...answer("table public.other"),
				on: "2026-08-02",
			},
		})["data-sources-identified"];
		assert.equal(item?.answeredBy, null);
		assert.equal(
			item?.refused,
			"the answer is dated 2026-08-02, which lies ahead",
		);
	});

	it("takes an answer of today", () => {
		const item = items(withOther({}), {
			"data-sources-identified": { ...answer("table public.other"), on: today },
		})["data-sources-identified"];
		assert.deepEqual(item?.unanswered, []);
	});
});

describe("a file of answers", () => {
	it("may be empty", () => assert.deepEqual(parseAnswers(null, "a.yaml"), {}));

	it("needs no list of what is covered", () => {
		const { covers: _, ...without } = answer();
		assert.deepEqual(
			parseAnswers({ "risk-assessment": without }, "a.yaml")["risk-assessment"],
			answer(),
		);
	});

	const wrong: readonly (readonly [string, unknown, RegExp])[] = [
		[
			"an unknown item",
			{ "risk-assesment": answer() },
			/a\.yaml is not as expected: .*; the items are inventory-complete, data-sources-identified/,
		],
		[
			"nobody's answer",
			{ "risk-assessment": { ...answer(), by: " " } },
			/risk-assessment\.by: expected the name of a person/,
		],
		[
			"no date",
			{ "risk-assessment": { ...answer(), on: "yesterday" } },
			/risk-assessment\.on: expected a date such as 2026-08-31/,
		],
		[
			"no statement",
			{ "risk-assessment": { ...answer(), statement: "" } },
			/risk-assessment\.statement: expected what was decided/,
		],
		[
			"an unknown key",
			{ "risk-assessment": { ...answer(), cover: [] } },
			/risk-assessment: Unrecognized key: "cover"/,
		],
		["a list", [], /a\.yaml is not as expected/],
	];
	for (const [title, given, message] of wrong) {
		it(`is refused with ${title}`, () =>
			assert.throws(() => parseAnswers(given, "a.yaml"), {
				name: "UsageError",
				message,
			}));
	}
});
