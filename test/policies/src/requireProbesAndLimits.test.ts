import assert from "node:assert/strict";
import { requireProbesAndLimits } from "../../../policies/src/requireProbesAndLimits.ts";
import {
	containersWith,
	cronJob,
	deployment,
	inContainer,
	job,
	pod,
	rollout,
	task,
} from "../fixtures.ts";
import { type Judged, messagesOf } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const json = ["containerDefinitions"] as const;
const healthCheck = { command: ["CMD", "true"] };
const service: Judged = {
	type: "aws:ecs/service:Service",
	props: { loadBalancers: [{ containerName: "app", containerPort: 8000 }] },
};
const targetGroup: Judged = {
	type: "aws:lb/targetGroup:TargetGroup",
	props: { protocol: "HTTP", healthCheck: { path: "/health" } },
};
const size = (path: string) =>
	`expected container app with ${path}, got an empty text; set ${path}, so that one container cannot starve the others`;
const checked = (check: string, got: string) =>
	`expected container app with a ${check}, got ${got}; set ${check}, so that traffic goes to what answers`;

describe("requireProbesAndLimits", () => {
	testRule({
		policy: requireProbesAndLimits,
		compliant: {
			task,
			service,
			targetGroup,
			deployment,
			rollout,
			job,
			cronJob,
			pod,
			"a job without probes": change(
				change(job, [...inContainer, "readinessProbe"], undefined),
				[...inContainer, "livenessProbe"],
				undefined,
			),
			"a target group of TCP": change(
				change(targetGroup, ["protocol"], "TCP"),
				["healthCheck"],
				undefined,
			),
			"a task with a health check of its own": change(
				task,
				json,
				containersWith("healthCheck", healthCheck),
			),
		},
		broken: [
			[
				"a task without CPU",
				"task",
				["cpu"],
				"",
				"expected cpu of the task, got an empty text; set cpu, the limit of all its containers together",
			],
			[
				"a health check that is switched off",
				"task",
				json,
				containersWith("healthCheck", { command: ["NONE"] }),
				checked("healthCheck.command", "nothing"),
			],
			[
				"a service that nobody asks",
				"service",
				["loadBalancers"],
				[],
				"expected loadBalancers whose target group asks for the health, got a list of 0; put the service behind a target group",
			],
			[
				"a target group that asks for nothing",
				"targetGroup",
				["healthCheck", "path"],
				"",
				"expected healthCheck.path, got an empty text; name a path that answers 200 only when the service works",
			],
			[
				"a probe that is none",
				"deployment",
				[...inContainer, "readinessProbe"],
				true,
				checked("readinessProbe", "true"),
			],
			[
				"an empty limit",
				"rollout",
				[...inContainer, "resources", "limits", "memory"],
				"",
				size("resources.limits.memory"),
			],
			[
				"an empty request of a job",
				"job",
				[...inContainer, "resources", "requests", "cpu"],
				"",
				size("resources.requests.cpu"),
			],
		],
		needed: [
			["task", ["cpu"]],
			["task", ["memory"]],
			["service", ["loadBalancers"]],
			["targetGroup", ["healthCheck"]],
			["targetGroup", ["healthCheck", "path"]],
			["deployment", [...inContainer, "readinessProbe"]],
			["deployment", [...inContainer, "livenessProbe"]],
			["deployment", [...inContainer, "resources"]],
			["deployment", [...inContainer, "resources", "requests"]],
			["deployment", [...inContainer, "resources", "limits", "cpu"]],
			["job", [...inContainer, "resources", "requests", "memory"]],
		],
	});

	it("asks for a health check of the container's own where it is told to", async () => {
		const config = { ecsContainerHealthChecks: true };
		assert.deepEqual(await messagesOf(requireProbesAndLimits(), task, config), [
			`it: ${checked("healthCheck.command", "nothing")}`,
		]);
		const own = change(task, json, containersWith("healthCheck", healthCheck));
		const silent = change(
			task,
			json,
			containersWith("portMappings", undefined),
		);
		for (const resource of [own, silent]) {
			assert.deepEqual(
				await messagesOf(requireProbesAndLimits(), resource, config),
				[],
			);
		}
	});
});
