import assert from "node:assert/strict";
import { parseContainers } from "../../../../rehearsal/cloud/ecs/containers.ts";

const logConfiguration = {
	logDriver: "awslogs",
	options: {
		"awslogs-group": "/app",
		"awslogs-region": "us-east-1",
		"awslogs-stream-prefix": "web",
	},
};
const good = { name: "web", image: "registry/web@sha256:0", logConfiguration };

describe("container definitions", () => {
	it("fill in what ECS fills in", () => {
		const [container] = parseContainers(JSON.stringify([good]));
		assert.equal(container?.essential, true);
		assert.equal(container?.stopTimeoutSeconds, 30);
		assert.deepEqual(container?.command, []);
		assert.equal(container?.logGroup, "/app");
	});

	const bad: readonly [string, unknown, RegExp][] = [
		["no list", { ...good }, /expected array/],
		["an empty list", [], /a task definition needs a container/],
		["no image", [{ ...good, image: undefined }], /0\.image/],
		["two of one name", [good, good], /container names must be unique/],
		[
			"none essential",
			[{ ...good, essential: false }],
			/at least one container must be essential/,
		],
		[
			"another log driver",
			[{ ...good, logConfiguration: { ...logConfiguration, logDriver: "x" } }],
			/writes awslogs only/,
		],
		[
			"a health check of its own",
			[{ ...good, healthCheck: { command: ["CMD", "true"] } }],
			/judges health by the target group/,
		],
		[
			"a volume",
			[{ ...good, mountPoints: [{ sourceVolume: "x" }] }],
			/does not support mountPoints/,
		],
		["a key that ECS does not know", [{ ...good, colour: 1 }], /colour/],
		[
			"a number as a value",
			[{ ...good, environment: [{ name: "A", value: 1 }] }],
			/0\.environment\.0\.value/,
		],
	];
	for (const [what, definitions, message] of bad) {
		it(`are refused with ${what}`, () => {
			assert.throws(() => parseContainers(JSON.stringify(definitions)), {
				name: "ContainerDefinitionsError",
				message,
			});
		});
	}

	it("are refused when they are no JSON", () => {
		assert.throws(() => parseContainers("{"), /expected a JSON array/);
	});
});
