import assert from "node:assert/strict";
import {
	canonicalSteps,
	planHash,
} from "../../../cutover/src/plan/canonical.ts";
import { parsePreview, type Step } from "../../../cutover/src/plan/preview.ts";
import {
	changed,
	type Json,
	recorded,
	recordedText,
	stepOf,
} from "./recorded.ts";

const hash = (steps: readonly Step[]) => planHash("update", steps);
const inputsOf = (json: { steps: Json[] }) =>
	stepOf(json, "database").newState.inputs;

/** What makes no other plan. */
const unchanged: Record<string, (json: { steps: Json[] }) => void> = {
	"the order of the steps": (json) => json.steps.reverse(),
	"the order of properties": (json) => {
		const { newState } = stepOf(json, "database");
		newState.inputs = Object.fromEntries(
			Object.entries(newState.inputs).reverse(),
		);
	},
	"places in the source": (json) => {
		for (const { newState } of json.steps) {
			newState.sourcePosition = "project:///elsewhere.ts#1,1";
			newState.stackTrace = [];
		}
	},
	times: (json) => {
		for (const { newState } of json.steps) {
			newState.created = "2027-06-06T02:00:00Z";
			newState.modified = "2027-06-06T02:00:01Z";
		}
		Object.assign(json, { duration: 1 });
	},
	"the id of the provider": (json) => {
		const { newState } = stepOf(json, "database");
		newState.provider = String(newState.provider).replace(/[^:]+$/, "other");
	},
	"which of its properties come from where": (json) => {
		stepOf(json, "database").newState.propertyDependencies = {};
	},
	"outputs, which nobody decides": (json) => {
		stepOf(json, "database").newState.outputs = { address: "10.0.0.7" };
	},
};

/** What makes another one. */
const other: Record<string, (json: { steps: Json[] }) => void> = {
	"another value": (json) => {
		inputsOf(json).allocatedStorage = 21;
	},
	"another value deep inside": (json) => {
		inputsOf(json).tags = { owner: "somebody" };
	},
	"one more property": (json) => {
		inputsOf(json).publiclyAccessible = true;
	},
	"one property less": (json) => {
		delete inputsOf(json).dbName;
	},
	"a text for a number": (json) => {
		inputsOf(json).allocatedStorage = "20";
	},
	"a list in another order": (json) => {
		inputsOf(json).enabledCloudwatchLogsExports = ["b", "a"];
	},
	"a secret that is none any more": (json) => {
		inputsOf(json).password = "in the open";
	},
	"another name": (json) => {
		const step = stepOf(json, "database");
		step.urn += "2";
	},
	"one step less": (json) => {
		json.steps.pop();
	},
	"one step twice": (json) => {
		json.steps.push(stepOf(json, "database"));
	},
	"another operation": (json) => {
		stepOf(json, "database").op = "import";
	},
	protection: (json) => {
		stepOf(json, "database").newState.protect = true;
	},
	"a resource that is kept when it goes": (json) => {
		stepOf(json, "database").newState.retainOnDelete = true;
	},
	"another provider": (json) => {
		const { newState } = stepOf(json, "database");
		newState.provider = String(newState.provider).replace("default", "other");
	},
	"changes that are overlooked": (json) => {
		stepOf(json, "database").newState.ignoreChanges = ["password"];
	},
};

describe("the hash of a plan", () => {
	it("is sha256, and the same for the same preview", () => {
		const { steps } = recorded("create");
		assert.match(hash(steps), /^[0-9a-f]{64}$/);
		assert.equal(hash(steps), hash(recorded("create").steps));
	});

	for (const [title, change] of Object.entries(unchanged)) {
		it(`does not depend on ${title}`, () => {
			assert.equal(
				hash(changed("create", change)),
				hash(recorded("create").steps),
			);
		});
	}

	for (const [title, change] of Object.entries(other)) {
		it(`is another one with ${title}`, () => {
			assert.notEqual(
				hash(changed("create", change)),
				hash(recorded("create").steps),
			);
		});
	}

	it("is another one for each recorded plan, and for a destruction", () => {
		const names = [
			...(["create", "same", "update", "password"] as const),
			...(["replace", "delete", "destroy"] as const),
		];
		const hashes = names.map((name) => hash(recorded(name).steps));
		assert.equal(new Set(hashes).size, names.length);
		const { steps } = recorded("delete");
		assert.notEqual(planHash("destroy", steps), planHash("update", steps));
	});

	it("says that a secret changes, and nothing of what it holds", () => {
		const sealed = (ciphertext: string) =>
			changed("update", (json) => {
				inputsOf(json).password = {
					"4dabf18193072939515e22adb298388d":
						"1b47061264138c4ac30d75fd1eb44270",
					ciphertext,
				};
			});
		assert.equal(hash(sealed("AAAA")), hash(sealed("BBBB")));
		assert.equal(hash(sealed("AAAA")), hash(recorded("update").steps));
		const text = JSON.stringify(canonicalSteps(recorded("password").steps));
		assert.match(text, /"diff":\{"password":"update"\}/);
	});

	it("leaves out what stays, but not a protection that is taken away", () => {
		assert.deepEqual(canonicalSteps(recorded("same").steps), []);
		const steps = changed("same", (json) => {
			stepOf(json, "trusted-login-prod").oldState.protect = true;
		});
		assert.equal(canonicalSteps(steps).length, 1);
	});

	it("does not depend on the dice that a provider rolls for a name, wherever it stands", () => {
		const rolled = (suffix: string) =>
			changed("create", (json) => {
				stepOf(json, "uploads").newState.inputs = {
					__defaults: ["bucket"],
					bucket: `uploads-${suffix}`,
				};
				inputsOf(json).tags = { bucket: `arn:aws:s3:::uploads-${suffix}/*` };
			});
		assert.equal(hash(rolled("3f2a91c")), hash(rolled("0b77d12")));
		// A name that the program chose is part of the plan.
		const chosen = (name: string) =>
			changed("create", (json) => {
				stepOf(json, "uploads").newState.inputs = { bucket: name };
			});
		assert.notEqual(
			hash(chosen("uploads-3f2a91c")),
			hash(chosen("uploads-0b77d12")),
		);
	});

	it("takes a file by what it holds, not by where it lies", () => {
		const asset = (path: string, content: string) =>
			changed("create", (json) => {
				inputsOf(json).file = {
					"4dabf18193072939515e22adb298388d":
						"c44067f5952c0a294b673a41bacd8c17",
					hash: content,
					path,
				};
			});
		assert.equal(hash(asset("/a", "1")), hash(asset("/b", "1")));
		assert.notEqual(hash(asset("/a", "1")), hash(asset("/a", "2")));
	});
});

describe("a preview that cannot be read", () => {
	for (const [title, text, message] of [
		["nothing", "", /expected the JSON of a preview, got nothing/],
		["half of it", recordedText("create").slice(0, 900), /expected the JSON/],
		["a list", "[]", /expected a preview as Pulumi 3 writes it/],
		["no steps", '{"changeSummary": {"create": 3}}', /at steps/],
		[
			"an operation that nobody knows",
			recordedText("replace").replace('"op": "replace"', '"op": "obliterate"'),
			/at steps\.\d+\.op/,
		],
		[
			"a resource without a name",
			recordedText("create").replaceAll("urn:pulumi:", "resource:"),
			/at steps\.0\.urn/,
		],
	] as const) {
		it(`is refused: ${title}`, () => {
			assert.throws(() => parsePreview(text), message);
		});
	}
});
