import { z } from "zod";
import { port } from "./database.ts";
import { cidr } from "./network.ts";

const domain = z
	.string()
	.regex(
		/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/,
		"expected a lower-case domain such as trusted-login.com",
	);

/** The load balancer and the names it answers to. */
export const edgeSettings = z
	.strictObject({
		frontendDomain: domain.default("trusted-login.com"),
		apiDomain: domain.default("api.trusted-login.com"),
		ports: z
			.strictObject({
				http: port.default(80),
				https: port.default(443),
				/** Where the idle colour is smoke-tested; only operatorCidrs reach it. */
				test: port.default(8443),
			})
			.prefault({})
			.refine(
				(ports) => new Set(Object.values(ports)).size === 3,
				"expected three distinct ports",
			),
		/** An issued certificate for both domains; without it the program requests one. */
		certificateArn: z
			.string()
			.regex(
				/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/,
				"expected the ARN of an ACM certificate",
			)
			.optional(),
		/** Who may use the test listener and, after the cutover, ask for the legacy system by header. */
		operatorCidrs: z
			.array(
				cidr.refine(
					(text) => Number(text.split("/")[1]) >= 8,
					"expected the networks of the operators, not half of the internet",
				),
			)
			// An ALB rule takes five condition values; host and header use two of them.
			.max(3, "expected three networks at most: an ALB rule takes no more")
			.default([]),
		deletionProtection: z.boolean().default(true),
	})
	.refine((edge) => edge.frontendDomain !== edge.apiDomain, {
		path: ["apiDomain"],
		error: "expected another domain than frontendDomain",
	});

export type EdgeSettings = z.infer<typeof edgeSettings>;
