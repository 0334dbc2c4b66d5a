import { z } from "zod";
import type { Properties, PropertyFailure } from "../handler.ts";
import type { Action, Condition } from "./routing.ts";

const number = z.coerce.number();

export const healthCheckSchema = z.strictObject({
	enabled: z.literal(true).default(true),
	path: z.string().startsWith("/").default("/"),
	interval: number.int().min(1).max(300).default(30),
	timeout: number.int().min(1).max(120).default(5),
	healthyThreshold: number.int().min(1).max(10).default(3),
	unhealthyThreshold: number.int().min(1).max(10).default(3),
	matcher: z
		.string()
		.regex(/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/)
		.default("200"),
	port: z.literal("traffic-port").default("traffic-port"),
	protocol: z.literal("HTTP").default("HTTP"),
});

const forwardGroups = z.array(
	z.looseObject({
		arn: z.string(),
		weight: number.int().min(0).max(999).default(1),
	}),
);

const actionSchema = z
	.looseObject({
		type: z.enum(["forward", "redirect", "fixed-response"]),
		order: number.optional(),
		targetGroupArn: z.string().optional(),
		forward: z
			.looseObject({
				targetGroups: forwardGroups.min(1).max(5),
				stickiness: z
					.looseObject({ enabled: z.literal(false).default(false) })
					.optional(),
			})
			.optional(),
		redirect: z
			.strictObject({
				statusCode: z.enum(["HTTP_301", "HTTP_302"]),
				protocol: z.string().default("#{protocol}"),
				host: z.string().default("#{host}"),
				port: z.string().default("#{port}"),
				path: z.string().default("/#{path}"),
				query: z.string().default("#{query}"),
			})
			.optional(),
		fixedResponse: z
			.strictObject({
				contentType: z.string(),
				messageBody: z.string().default(""),
				statusCode: number.int().min(200).max(599).default(200),
			})
			.optional(),
	})
	.transform((given, context): Action => {
		const { type, forward, redirect, fixedResponse, targetGroupArn } = given;
		if (type === "redirect" && redirect) {
			const statusCode = redirect.statusCode === "HTTP_301" ? 301 : 302;
			return { ...redirect, type, statusCode };
		}
		if (type === "fixed-response" && fixedResponse) {
			const { contentType, messageBody, statusCode } = fixedResponse;
			return { type, contentType, body: messageBody, statusCode };
		}
		if (type === "forward" && forward) {
			return { type, groups: forward.targetGroups };
		}
		if (type === "forward" && targetGroupArn) {
			return { type, groups: [{ arn: targetGroupArn, weight: 1 }] };
		}
		context.addIssue(`an action of type ${type} needs its own block`);
		return z.NEVER;
	});

export const actionsSchema = z
	.array(actionSchema)
	.length(1, "the laptop cloud takes exactly one action")
	.transform(([action]) => action as Action);

const values = z.strictObject({ values: z.array(z.string()).min(1).max(5) });

const conditionSchema = z
	.strictObject({
		hostHeader: values.optional(),
		pathPattern: values.optional(),
		httpRequestMethod: values.optional(),
		sourceIp: values.optional(),
		httpHeader: values.extend({ httpHeaderName: z.string() }).optional(),
	})
	.transform((given, context): Condition => {
		const kinds = Object.values(given).filter((kind) => kind !== undefined);
		if (kinds.length !== 1) {
			context.addIssue("a condition names exactly one kind of match");
			return z.NEVER;
		}
		const { httpHeader } = given;
		if (httpHeader) {
			return {
				type: "http-header",
				name: httpHeader.httpHeaderName,
				values: httpHeader.values,
			};
		}
		const plain = [
			["host-header", given.hostHeader],
			["path-pattern", given.pathPattern],
			["http-request-method", given.httpRequestMethod],
			["source-ip", given.sourceIp],
		] as const;
		for (const [type, match] of plain) {
			if (match) {
				return { type, values: match.values };
			}
		}
		return z.NEVER;
	});

export const conditionsSchema = z.array(conditionSchema).min(1);

/**
 * What zod has against the inputs, in the provider's form. A value that is missing, or not yet known in a preview, is
 * left to the provider's own types and to `create`.
 */
export function failures(
	schema: z.ZodType,
	inputs: Properties,
): readonly PropertyFailure[] {
	const result = schema.safeParse(inputs);
	return (result.error?.issues ?? [])
		.filter((issue) => isKnown(inputs, issue.path))
		.map((issue) => ({
			property: issue.path.join("."),
			reason: issue.message,
		}));
}

/** What the engine sends in place of a value that only the update will tell. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function isKnown(inputs: Properties, path: readonly PropertyKey[]): boolean {
	let value: unknown = inputs;
	for (const key of path) {
		if (value === unknownValue) {
			return false;
		}
		value = Reflect.get(Object(value), key);
	}
	const text = JSON.stringify(value) ?? unknownValue;
	return !text.includes(unknownValue);
}
