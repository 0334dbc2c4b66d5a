import { requireNonRoot } from "../../../policies/src/requireNonRoot.ts";
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
import { change, testRule } from "../ruleTests.ts";

const json = ["containerDefinitions"] as const;
const podContext = ["spec", "template", "spec", "securityContext"] as const;
const asUser = (got: string) =>
	`expected container app with a user other than root, got ${got}; set user to the image's unprivileged user, such as "1000:1000"`;
const nonRoot = (got: string) =>
	`expected container app with securityContext.runAsNonRoot true, got ${got}; set securityContext.runAsNonRoot: true of the pod or the container`;

describe("requireNonRoot", () => {
	testRule({
		policy: requireNonRoot,
		compliant: {
			task,
			deployment,
			rollout,
			job,
			cronJob,
			pod,
			"a container that says it itself": change(
				change(deployment, podContext, undefined),
				[...inContainer, "securityContext"],
				{ runAsNonRoot: true, runAsUser: 1000 },
			),
		},
		broken: [
			[
				"a task as root",
				"task",
				json,
				containersWith("user", "root"),
				asUser('"root"'),
			],
			[
				"a task as user 0 with a group",
				"task",
				json,
				containersWith("user", "0:1000"),
				asUser('"0:1000"'),
			],
			[
				"a task without a user",
				"task",
				json,
				containersWith("user", undefined),
				asUser("nothing"),
			],
			[
				"a privileged task",
				"task",
				json,
				containersWith("privileged", true),
				"expected container app without privileged, got true; leave privileged out: it gives the container the host's own devices",
			],
			[
				"a task without containers",
				"task",
				json,
				"[]",
				"expected containerDefinitions with one container at least, got a list of 0; declare the containers",
			],
			[
				"a task whose containers are no JSON",
				"task",
				json,
				"{",
				"expected containerDefinitions with one container at least, got nothing; declare the containers",
			],
			[
				"a deployment as root",
				"deployment",
				[...podContext, "runAsNonRoot"],
				false,
				nonRoot("false"),
			],
			[
				"a container that overrules its pod",
				"deployment",
				[...inContainer, "securityContext"],
				{ runAsNonRoot: false },
				nonRoot("false"),
			],
			[
				"a pod as user 0",
				"pod",
				["spec", "securityContext", "runAsUser"],
				0,
				"expected container app with a securityContext.runAsUser other than 0, got 0; set runAsUser to an unprivileged user, or leave it to the image",
			],
			[
				"a privileged container",
				"rollout",
				[...inContainer, "securityContext"],
				{ privileged: true },
				"expected container app without securityContext.privileged, got true; leave securityContext.privileged out: it gives the container the host's own devices",
			],
			[
				"an init container as root",
				"job",
				["spec", "template", "spec", "initContainers"],
				[{ name: "prepare", securityContext: { runAsNonRoot: false } }],
				nonRoot("false").replace("app", "prepare"),
			],
			[
				"a pod without containers",
				"cronJob",
				["spec", "jobTemplate", "spec", "template", "spec", "containers"],
				[],
				"expected containers with one container at least, got a list of 0; declare the containers",
			],
		],
		needed: [
			["task", json],
			["deployment", podContext],
			["deployment", [...podContext, "runAsNonRoot"]],
			["deployment", ["spec"]],
			["deployment", ["spec", "template"]],
		],
		others: [
			{
				type: "kubernetes:argoproj.io/v1alpha1:Rollout",
				props: { spec: { workloadRef: { kind: "Deployment", name: "app" } } },
			},
			{ type: "kubernetes:core/v1:Service", props: {} },
		],
	});
});
