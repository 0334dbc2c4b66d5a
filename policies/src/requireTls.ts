import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe, type Finding, quote } from "./finding.ts";
import {
	type Inputs,
	isRecord,
	listOf,
	notYetKnown,
	valueAt,
} from "./inputs.ts";
import { asList, isAnybody, statementsOf } from "./policyDocument.ts";
import { defineRule, type RuleResource } from "./rule.ts";
import { kubernetesKind, taskDefinitionType } from "./workloads.ts";

interface Settings {
	readonly listenerPolicies: string;
}

type Find = (resource: RuleResource, settings: Settings) => readonly Finding[];

const findings: Readonly<Record<string, Find>> = {
	"aws:lb/listener:Listener": findInListener,
	"aws:alb/listener:Listener": findInListener,
	"aws:rds/parameterGroup:ParameterGroup": findInParameters,
	"aws:rds/clusterParameterGroup:ClusterParameterGroup": findInParameters,
	"aws:s3/bucketPolicy:BucketPolicy": findInBucketPolicy,
	[taskDefinitionType]: findInVolumes,
};

/** Passwords and sessions travel: listeners, databases, buckets and file systems take nothing unencrypted. */
export function requireTls(
	defaults: Settings = {
		listenerPolicies: "^ELBSecurityPolicy-(TLS13-1-[23]-|FS-1-2-)",
	},
): ResourceValidationPolicy {
	return defineRule({
		name: "require-tls",
		description: "Nothing is sent or taken unencrypted.",
		types: (type) =>
			Object.hasOwn(findings, type) || kubernetesKind(type) === "Ingress",
		defaults,
		schema: {
			listenerPolicies: {
				type: "string",
				format: "regex",
				description:
					"Regular expression of the load balancers' TLS policies that may be used.",
			},
		},
		find: (resource, settings) =>
			(findings[resource.type] ?? findInIngress)(resource, settings),
	});
}

function findInListener(
	resource: RuleResource,
	{ listenerPolicies }: Settings,
): Finding[] {
	const protocol = resource.input("protocol");
	if (protocol === notYetKnown) return [];
	if (protocol === "HTTP") return findUnredirected(resource);
	if (protocol !== "HTTPS" && protocol !== "TLS") {
		return [
			{
				expected: "protocol HTTPS or TLS, or HTTP that redirects",
				actual: quote(protocol),
				fix: 'set protocol: "HTTPS" with a certificate',
			},
		];
	}
	const policy = resource.input("sslPolicy");
	const certificate = resource.input("certificateArn");
	return [
		...(policy === notYetKnown ||
		(typeof policy === "string" && new RegExp(listenerPolicies).test(policy))
			? []
			: [
					{
						expected: `sslPolicy that matches ${listenerPolicies}`,
						actual: quote(policy),
						fix: 'set sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06"',
					},
				]),
		...(certificate === notYetKnown ||
		(typeof certificate === "string" && certificate !== "")
			? []
			: [
					{
						expected: "a certificateArn",
						actual: describe(certificate),
						fix: "name the certificate of the listener's domains",
					},
				]),
	];
}

function findUnredirected(resource: RuleResource): Finding[] {
	const actions = resource.input("defaultActions");
	if (actions === notYetKnown) return [];
	const redirects = asList(actions).map((action) => ({
		type: valueAt(action, "type"),
		protocol: valueAt(action, "redirect", "protocol"),
	}));
	const isRedirected =
		redirects.length > 0 &&
		redirects.every(
			({ type, protocol }) =>
				(type === "redirect" || type === notYetKnown) &&
				(protocol === "HTTPS" || protocol === notYetKnown),
		);
	return isRedirected
		? []
		: [
				{
					expected: "an HTTP listener that only redirects to HTTPS",
					actual:
						redirects
							.map(({ type, protocol }) =>
								protocol === undefined
									? `action ${quote(type)}`
									: `action ${quote(type)} to ${quote(protocol)}`,
							)
							.join(", ") || "no defaultActions",
					fix: 'set defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }]',
				},
			];
}

/** Since PostgreSQL 15 RDS forces TLS unless told otherwise. */
const FIRST_FORCING_MAJOR = 15;

function findInParameters(resource: RuleResource): Finding[] {
	const family = resource.input("family");
	const parameters = resource.input("parameters");
	if (family === notYetKnown || parameters === notYetKnown) return [];
	const [, aurora, major] =
		/^(aurora-)?postgres(?:ql)?(\d+)/.exec(textOf(family)) ?? [];
	if (major === undefined) return [];
	const force = listOf(parameters)
		.filter(isRecord)
		.find(({ name }) => name === "rds.force_ssl");
	const value = force?.value;
	if (value === "1" || value === 1 || value === notYetKnown) return [];
	// Aurora came to it later and by minor version: there it has to be said.
	const isForcedByDefault =
		Number(major) >= FIRST_FORCING_MAJOR && aurora === undefined;
	return force === undefined && isForcedByDefault
		? []
		: [
				{
					expected: "parameter rds.force_ssl 1",
					actual: force === undefined ? "nothing" : quote(value),
					fix: 'set { name: "rds.force_ssl", value: "1" }',
				},
			];
}

function findInBucketPolicy(resource: RuleResource): Finding[] {
	const policy = resource.input("policy");
	if (policy === notYetKnown) return [];
	const statements = statementsOf(policy) ?? [];
	return statements.some(refusesPlainHttp)
		? []
		: [
				{
					expected: "a statement that denies everybody s3:* without TLS",
					actual:
						statements.length === 0
							? describe(policy)
							: `${statements.length} other statements`,
					fix: 'add { Effect: "Deny", Principal: "*", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } }',
				},
			];
}

/** Whether a statement is the one that keeps plain HTTP out of the whole bucket. */
export function refusesPlainHttp(statement: Inputs): boolean {
	const condition = valueAt(statement.Condition, "Bool", "aws:SecureTransport");
	return (
		statement.Effect === "Deny" &&
		isAnybody(statement.Principal) &&
		asList(statement.Action).some(
			(action) => action === "s3:*" || action === "*",
		) &&
		asList(condition).some(isFalse)
	);
}

function findInVolumes(resource: RuleResource): Finding[] {
	return listOf(resource.input("volumes")).flatMap((volume) => {
		const efs = valueAt(volume, "efsVolumeConfiguration");
		const encryption = valueAt(efs, "transitEncryption");
		return !isRecord(efs) ||
			encryption === "ENABLED" ||
			encryption === notYetKnown
			? []
			: [
					{
						expected: "efsVolumeConfiguration.transitEncryption ENABLED",
						actual: quote(encryption),
						fix: 'set transitEncryption: "ENABLED"',
					},
				];
	});
}

const REDIRECT_ANNOTATIONS = [
	"nginx.ingress.kubernetes.io/ssl-redirect",
	"nginx.ingress.kubernetes.io/force-ssl-redirect",
];

function findInIngress(resource: RuleResource): Finding[] {
	const spec = resource.input("spec");
	const tls = valueAt(spec, "tls");
	const rules = valueAt(spec, "rules");
	if (tls === notYetKnown || rules === notYetKnown) return [];
	const entries = listOf(tls);
	const covered = entries.flatMap((entry) => listOf(valueAt(entry, "hosts")));
	const isOpen = entries.includes(notYetKnown) || covered.includes(notYetKnown);
	const uncovered = listOf(rules)
		.map((rule) => valueAt(rule, "host"))
		.filter((host) => host !== notYetKnown && !covered.includes(host));
	const annotations = valueAt(resource.input("metadata"), "annotations");
	const switchedOff = REDIRECT_ANNOTATIONS.filter((name) =>
		isFalse(valueAt(annotations, name)),
	);
	return [
		...(isOpen
			? []
			: entries.length === 0
				? [uncoveredHost("every host", describe(tls))]
				: uncovered.map((host) =>
						uncoveredHost(
							typeof host === "string" ? `host ${host}` : "every host",
							"none",
						),
					)),
		...switchedOff.map((name) => ({
			expected: `annotation ${name} true`,
			actual: '"false"',
			fix: "leave it out: HTTP is redirected by default",
		})),
	];
}

function uncoveredHost(host: string, actual: string): Finding {
	return {
		expected: `spec.tls for ${host}`,
		actual,
		fix: "name host and secret of its certificate in spec.tls",
	};
}

const textOf = (value: unknown): string =>
	typeof value === "string" ? value : "";

/** As JSON says it, or as text where only text is taken. */
const isFalse = (value: unknown): boolean =>
	value === false || value === "false";
