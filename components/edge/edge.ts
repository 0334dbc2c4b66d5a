import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import * as pulumi from "@pulumi/pulumi";
import type { EdgeSettings, LegacySettings } from "@trusted-login/settings";
import type { Network } from "../network/network.ts";
import { createSecurityGroup, type TcpRule } from "../network/securityGroup.ts";
import { createListeners } from "./listeners.ts";

/** The load balancer in front of both versions. */
export interface EdgeArgs {
	readonly network: Network;
	/**
	 * Domains, ports, certificate and the operators' networks; defaults in the settings. Another certificate is
	 * exchanged without an outage; another port replaces its listener.
	 */
	readonly settings: EdgeSettings;
	/** The legacy system, which lies outside the VPC: the load balancer may reach it there and nothing else. */
	readonly legacy: LegacySettings;
}

/** An ALB that ends TLS, answers 404 where no rule matches, and shows the idle colour to operators only. */
export class Edge extends pulumi.ComponentResource {
	readonly dnsName: pulumi.Output<string>;
	readonly securityGroupId: pulumi.Output<string>;
	readonly httpsListenerArn: pulumi.Output<string>;
	readonly testListenerArn: pulumi.Output<string>;
	readonly testPort: number;
	/** DNS records that prove the domains to ACM, while the program requests the certificate itself. */
	readonly certificateRecords: pulumi.Output<readonly string[]>;

	constructor(
		name: string,
		args: EdgeArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super(
			"trusted-login:edge:Edge",
			name,
			{ settings: args.settings, legacy: args.legacy },
			opts,
		);
		const { settings, network } = args;

		const certificate = provideCertificate(name, settings, this);
		const securityGroup = createEdgeSecurityGroup(name, args, this);
		const loadBalancer = new LoadBalancer(
			name,
			{
				name,
				loadBalancerType: "application",
				internal: false,
				subnets: network.publicSubnetIds,
				securityGroups: [securityGroup.id],
				dropInvalidHeaderFields: true,
				enableDeletionProtection: settings.deletionProtection,
				tags: { Name: name },
			},
			{ parent: this },
		);
		const listeners = createListeners(
			name,
			{
				loadBalancerArn: loadBalancer.arn,
				certificateArn: certificate.arn,
				ports: settings.ports,
			},
			this,
		);

		this.dnsName = loadBalancer.dnsName;
		this.securityGroupId = securityGroup.id;
		this.httpsListenerArn = listeners.https.arn;
		this.testListenerArn = listeners.test.arn;
		this.testPort = settings.ports.test;
		this.certificateRecords = certificate.records;
		this.registerOutputs({
			dnsName: this.dnsName,
			securityGroupId: this.securityGroupId,
			httpsListenerArn: this.httpsListenerArn,
			testListenerArn: this.testListenerArn,
			testPort: this.testPort,
			certificateRecords: this.certificateRecords,
		});
	}
}

interface ProvidedCertificate {
	readonly arn: pulumi.Output<string>;
	readonly records: pulumi.Output<readonly string[]>;
}

function provideCertificate(
	name: string,
	settings: EdgeSettings,
	parent: Edge,
): ProvidedCertificate {
	if (settings.certificateArn !== undefined) {
		return {
			arn: pulumi.output(settings.certificateArn),
			records: pulumi.output([]),
		};
	}
	const certificate = new Certificate(
		name,
		{
			domainName: settings.frontendDomain,
			subjectAlternativeNames: [settings.apiDomain],
			validationMethod: "DNS",
			tags: { Name: name },
		},
		{ parent },
	);
	return {
		arn: certificate.arn,
		records: certificate.domainValidationOptions.apply((options) =>
			options.map(
				(option) =>
					`${option.resourceRecordName} ${option.resourceRecordType} ${option.resourceRecordValue}`,
			),
		),
	};
}

function createEdgeSecurityGroup(name: string, args: EdgeArgs, parent: Edge) {
	const { ports, operatorCidrs } = args.settings;
	const everyone = { cidr: "0.0.0.0/0" };
	return createSecurityGroup(
		name,
		{
			vpcId: args.network.vpcId,
			description: "HTTP and HTTPS from everyone, the test port from operators",
			ingress: [
				{ name: "everyone-http", port: ports.http, peer: everyone },
				{ name: "everyone-https", port: ports.https, peer: everyone },
				...operatorCidrs.map((cidr) => ({
					name: `operator-${cidr}`,
					port: ports.test,
					peer: { cidr },
				})),
			],
			egress: [
				{
					name: "services",
					port: { from: 1, to: 65535 },
					peer: { cidr: args.network.cidr },
				},
				legacyEgress("legacy-frontend", args.legacy.frontend),
				legacyEgress("legacy-api", args.legacy.api),
			],
		},
		parent,
	);
}

function legacyEgress(
	name: string,
	target: { readonly host: string; readonly port: number },
): TcpRule {
	return { name, port: target.port, peer: { cidr: `${target.host}/32` } };
}
