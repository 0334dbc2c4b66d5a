import { Listener } from "@pulumi/aws/lb/listener.js";
import type * as pulumi from "@pulumi/pulumi";
import type { EdgeSettings } from "@trusted-login/settings";

interface ListenerArgs {
	readonly loadBalancerArn: pulumi.Input<string>;
	readonly certificateArn: pulumi.Input<string>;
	readonly ports: EdgeSettings["ports"];
}

/** TLS 1.3, and 1.2 with forward secrecy for browsers that know no newer. */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** Declares the redirect to HTTPS, the listener of production and the listener of the idle colour. */
export function createListeners(
	name: string,
	args: ListenerArgs,
	parent: pulumi.Resource,
): { readonly https: Listener; readonly test: Listener } {
	new Listener(
		`${name}-http`,
		{
			loadBalancerArn: args.loadBalancerArn,
			port: args.ports.http,
			protocol: "HTTP",
			defaultActions: [
				{
					type: "redirect",
					redirect: {
						protocol: "HTTPS",
						port: String(args.ports.https),
						statusCode: "HTTP_301",
					},
				},
			],
		},
		{ parent },
	);
	return {
		https: createTlsListener(`${name}-https`, args.ports.https, args, parent),
		test: createTlsListener(`${name}-test`, args.ports.test, args, parent),
	};
}

function createTlsListener(
	name: string,
	port: number,
	args: ListenerArgs,
	parent: pulumi.Resource,
): Listener {
	return new Listener(
		name,
		{
			loadBalancerArn: args.loadBalancerArn,
			port,
			protocol: "HTTPS",
			sslPolicy: TLS_POLICY,
			certificateArn: args.certificateArn,
			// A host that no rule names gets nothing, instead of whichever service came first.
			defaultActions: [
				{
					type: "fixed-response",
					fixedResponse: {
						contentType: "text/plain",
						messageBody: "not found",
						statusCode: "404",
					},
				},
			],
		},
		{ parent },
	);
}
