import assert from "node:assert/strict";
import { judgeRollback, type Subject } from "../../golive/src/index.ts";
import {
	approvalRecord,
	dayMs,
	healthyWorld,
	sha256,
	subject,
	type World,
} from "./fixture.ts";

const oldImages = {
	frontend: sha256("old frontend"),
	backend: sha256("old backend"),
	cutover: sha256("old cutover"),
};
const toOld = { release: "1.0.0", images: oldImages };

/** Monday, three at night: no window, long after the sign-offs ended. */
const atNight = Date.parse("2027-06-14T03:00:00Z");

function ask(
	world: World,
	about: Subject,
	phase: "backfill" | "live" = "live",
	nowMs = atNight,
) {
	const { checklist, trust, records } = world;
	return judgeRollback({
		checklist,
		trust,
		records,
		stack: "prod",
		subject: about,
		phase,
		nowMs,
	});
}

describe("the rollback that GO authorised", () => {
	const release = () => healthyWorld({ gate: "release", rollbackTo: toOld });

	it("is authorised at 03:00 outside the window, without evidence of its own", () => {
		const answer = ask(release(), { ...subject, images: oldImages });
		assert.deepEqual(answer, {
			isAuthorised: true,
			to: "1.0.0",
			from: "2.0.0",
			reason: "the GO of release 2.0.0 authorised going back to 1.0.0",
		});
	});

	it("stays authorised when evidence and golive.yaml have changed since", () => {
		const world = release();
		world.records = world.records.filter(({ path }) =>
			path.includes("approval"),
		);
		world.checklist = { ...world.checklist, sha256: sha256("later") };
		assert.equal(
			ask(world, { ...subject, images: oldImages }).isAuthorised,
			true,
		);
	});

	it("may use the old program where the sign-offs name it", () => {
		const tree = sha256("old tree");
		const world = healthyWorld({
			gate: "release",
			rollbackTo: { ...toOld, tree },
		});
		assert.equal(
			ask(world, { ...subject, tree, images: oldImages }).isAuthorised,
			true,
		);
	});

	for (const [what, about] of [
		[
			"one other image",
			{ ...subject, images: { ...oldImages, backend: sha256("x") } },
		],
		[
			"one image left as it is",
			{
				...subject,
				images: { ...oldImages, backend: subject.images.backend ?? "" },
			},
		],
		[
			"an image left out",
			{
				...subject,
				images: { frontend: oldImages.frontend, backend: oldImages.backend },
			},
		],
		[
			"an image added",
			{ ...subject, images: { ...oldImages, extra: sha256("x") } },
		],
		["another program", { ...subject, tree: sha256("x"), images: oldImages }],
		["the release itself", subject],
	] as const) {
		it(`is not ${what}`, () =>
			assert.equal(ask(release(), about).isAuthorised, false));
	}

	it("ends after the time that golive.yaml gives it", () => {
		const world = release();
		const about = { ...subject, images: oldImages };
		const late = world.nowMs + 31 * dayMs;
		assert.match(
			ask(world, about, "live", late).reason,
			/no GO of the last 30 days/,
		);
	});

	it("ends after 90 days, however golive.yaml is edited", () => {
		const world = release();
		world.checklist = {
			...world.checklist,
			rollbackExpiresAfter: 9_999 * dayMs,
		};
		const about = { ...subject, images: oldImages };
		const at = (days: number) =>
			ask(world, about, "live", world.nowMs + days * dayMs).isAuthorised;
		assert.equal(at(89), true);
		assert.equal(at(90), false);
	});

	it("needs every decision maker, over one and the same evidence", () => {
		const about = { ...subject, images: oldImages };
		const two = release();
		two.records = two.records.slice(0, -1);
		assert.equal(ask(two, about).isAuthorised, false);
		const mixed = release();
		mixed.records = [
			...mixed.records.slice(0, -1),
			approvalRecord("Operations Manager", mixed, sha256("other set")),
		];
		assert.equal(ask(mixed, about).isAuthorised, false);
	});

	it("goes back to legacy by leaving the phase live, and in no other way", () => {
		const world = healthyWorld();
		assert.equal(ask(world, subject, "backfill").isAuthorised, true);
		assert.equal(ask(world, subject, "live").isAuthorised, false);
		const about = {
			...subject,
			images: { ...subject.images, backend: sha256("x") },
		};
		assert.equal(ask(world, about, "backfill").isAuthorised, false);
	});
});
