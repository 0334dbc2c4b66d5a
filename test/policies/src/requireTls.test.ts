import assert from "node:assert/strict";
import { requireTls } from "../../../policies/src/requireTls.ts";
import { task } from "../fixtures.ts";
import { type Judged, messagesOf } from "../judge.ts";
import { change, testRule } from "../ruleTests.ts";

const listener: Judged = {
	type: "aws:lb/listener:Listener",
	props: {
		protocol: "HTTPS",
		sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
		certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a",
	},
};
const redirect: Judged = {
	type: "aws:lb/listener:Listener",
	props: {
		protocol: "HTTP",
		defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS" } }],
	},
};
const parameters: Judged = {
	type: "aws:rds/parameterGroup:ParameterGroup",
	props: {
		family: "postgres15",
		parameters: [{ name: "rds.force_ssl", value: "1" }],
	},
};
const denial = {
	Effect: "Deny",
	Principal: "*",
	Action: "s3:*",
	Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
	Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const bucketPolicyWith = (change: object) =>
	JSON.stringify({ Statement: [{ ...denial, ...change }] });
const bucketPolicy: Judged = {
	type: "aws:s3/bucketPolicy:BucketPolicy",
	props: { policy: bucketPolicyWith({}) },
};
const volume = change(
	task,
	["volumes"],
	[
		{
			name: "files",
			efsVolumeConfiguration: {
				fileSystemId: "fs-1",
				transitEncryption: "ENABLED",
			},
		},
	],
);
const ingress: Judged = {
	type: "kubernetes:networking.k8s.io/v1:Ingress",
	props: {
		metadata: { annotations: {} },
		spec: {
			tls: [{ hosts: ["a.example"], secretName: "tls" }],
			rules: [{ host: "a.example" }],
		},
	},
};
const redirected = (got: string) =>
	`expected an HTTP listener that only redirects to HTTPS, got ${got}; set defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }]`;
const forced = (got: string) =>
	`expected parameter rds.force_ssl 1, got ${got}; set { name: "rds.force_ssl", value: "1" }`;
const denied =
	'expected a statement that denies everybody s3:* without TLS, got 1 other statements; add { Effect: "Deny", Principal: "*", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } }';
const plainIngress = (host: string, got: string) =>
	`expected spec.tls for ${host}, got ${got}; name host and secret of its certificate in spec.tls`;

describe("requireTls", () => {
	testRule({
		policy: requireTls,
		compliant: {
			listener,
			redirect,
			parameters,
			bucketPolicy,
			volume,
			ingress,
			"PostgreSQL 15, which forces it by itself": change(
				parameters,
				["parameters"],
				[],
			),
			"a database of another kind": change(parameters, ["family"], "mysql8.0"),
			"a bucket policy for any AWS principal": change(
				bucketPolicy,
				["policy"],
				bucketPolicyWith({ Principal: { AWS: "*" } }),
			),
		},
		broken: [
			[
				"HTTP that is answered",
				"redirect",
				["defaultActions"],
				[{ type: "forward", targetGroupArn: "arn" }],
				redirected('action "forward"'),
			],
			[
				"a redirect to HTTP",
				"redirect",
				["defaultActions", 0, "redirect", "protocol"],
				"HTTP",
				redirected('action "redirect" to "HTTP"'),
			],
			[
				"a redirect to whatever came in",
				"redirect",
				["defaultActions", 0, "redirect", "protocol"],
				"#{protocol}",
				redirected('action "redirect" to "#{protocol}"'),
			],
			[
				"a TCP listener",
				"listener",
				["protocol"],
				"TCP",
				'expected protocol HTTPS or TLS, or HTTP that redirects, got "TCP"; set protocol: "HTTPS" with a certificate',
			],
			[
				"a TLS policy of 2016",
				"listener",
				["sslPolicy"],
				"ELBSecurityPolicy-2016-08",
				'expected sslPolicy that matches ^ELBSecurityPolicy-(TLS13-1-[23]-|FS-1-2-), got "ELBSecurityPolicy-2016-08"; set sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06"',
			],
			[
				"a database that takes plain connections",
				"parameters",
				["parameters", 0, "value"],
				"0",
				forced('"0"'),
			],
			[
				"an older database that forces nothing by itself",
				"parameters",
				[],
				{ family: "postgres14", parameters: [] },
				forced("nothing"),
			],
			[
				"an Aurora that is not told to force it",
				"parameters",
				[],
				{ family: "aurora-postgresql16", parameters: [] },
				forced("nothing"),
			],
			[
				"a bucket policy that allows",
				"bucketPolicy",
				["policy"],
				bucketPolicyWith({ Effect: "Allow" }),
				denied,
			],
			[
				"a bucket policy for some principal",
				"bucketPolicy",
				["policy"],
				bucketPolicyWith({ Principal: { AWS: "arn:aws:iam::1:root" } }),
				denied,
			],
			[
				"a bucket policy for some action",
				"bucketPolicy",
				["policy"],
				bucketPolicyWith({ Action: "s3:GetObject" }),
				denied,
			],
			[
				"a bucket policy on another condition",
				"bucketPolicy",
				["policy"],
				bucketPolicyWith({ Condition: {} }),
				denied,
			],
			[
				"a volume in plain text",
				"volume",
				["volumes", 0, "efsVolumeConfiguration", "transitEncryption"],
				"DISABLED",
				'expected efsVolumeConfiguration.transitEncryption ENABLED, got "DISABLED"; set transitEncryption: "ENABLED"',
			],
			[
				"an ingress of plain HTTP",
				"ingress",
				["spec", "tls"],
				[],
				plainIngress("every host", "a list of 0"),
			],
			[
				"an ingress with a host that has no certificate",
				"ingress",
				["spec", "rules", 0, "host"],
				"b.example",
				plainIngress("host b.example", "none"),
			],
			[
				"an ingress that does not redirect",
				"ingress",
				["metadata", "annotations"],
				{ "nginx.ingress.kubernetes.io/ssl-redirect": "false" },
				'expected annotation nginx.ingress.kubernetes.io/ssl-redirect true, got "false"; leave it out: HTTP is redirected by default',
			],
		],
		needed: [
			["listener", ["protocol"]],
			["listener", ["sslPolicy"]],
			["listener", ["certificateArn"]],
			["bucketPolicy", ["policy"]],
			["ingress", ["spec"]],
			["ingress", ["spec", "tls"]],
		],
	});

	it("reports a redirect that is missing, and waits for an unknown one", async () => {
		const without = change(redirect, ["defaultActions"], undefined);
		assert.deepEqual(await messagesOf(requireTls(), without), [
			`it: ${redirected("no defaultActions")}`,
		]);
	});
});
