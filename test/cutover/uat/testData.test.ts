import assert from "node:assert/strict";
import { recordData } from "../../../cutover/src/uat/testData.ts";

const datum = (kind: string, key = kind) => ({
	kind,
	key,
	byHand: `remove ${key}`,
});

describe("test data", () => {
	it("is removed in the opposite order, each once", async () => {
		const gone: string[] = [];
		const remove = async (key: string) => gone.push(key);
		const data = recordData({ workflow: remove, account: remove }, () => {});
		for (const one of ["account", "workflow", "account"]) data.add(datum(one));
		const { removed, left } = await data.removeAll();
		assert.deepEqual(gone, ["workflow", "account"]);
		assert.deepEqual(removed, [datum("workflow"), datum("account")]);
		assert.deepEqual(left, []);
	});

	it("is left with the reason when it cannot be removed, and the rest goes all the same", async () => {
		const data = recordData(
			{
				profile: async () => 1,
				workflow: async () => {
					throw new Error("the fence is on");
				},
				account: "nobody can",
			},
			() => {},
		);
		for (const kind of ["profile", "workflow", "account", "badge"]) {
			data.add(datum(kind));
		}
		const { removed, left } = await data.removeAll();
		assert.deepEqual(removed, [datum("profile")]);
		assert.deepEqual(
			left.map(({ kind, reason }) => `${kind}: ${reason}`),
			[
				"badge: nothing here removes a badge",
				"account: nobody can",
				"workflow: the fence is on",
			],
		);
	});

	it("is not said to be removed when it was never made", async () => {
		const data = recordData({ account: async () => 0 }, () => {});
		data.add(datum("account"));
		assert.deepEqual(await data.removeAll(), { removed: [], left: [] });
	});

	it("is noted at once, and removed by its own means where it has some", async () => {
		let notes = 0;
		const data = recordData({}, () => {
			notes += 1;
		});
		data.add(datum("badge"), async () => 1);
		assert.equal(notes, 1);
		assert.deepEqual(data.pending(), [datum("badge")]);
		assert.deepEqual((await data.removeAll()).removed, [datum("badge")]);
	});
});
