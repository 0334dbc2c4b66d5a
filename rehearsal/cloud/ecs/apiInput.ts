import { z } from "zod";
import { ApiError } from "../apiError.ts";
import type { Cloud, Properties } from "../handler.ts";
import { findCluster } from "./cluster.ts";

/** Names or ARNs to describe, as many as one call of the service takes. */
export const names = z.array(z.string()).min(1).max(100);

/** The request's body in the form that an action needs. Throws what AWS would answer. */
export function parse<T>(schema: z.ZodType<T>, input: Properties): T {
	const result = schema.safeParse(input);
	if (!result.success) {
		throw new ApiError(
			"InvalidParameterException",
			z.prettifyError(result.error),
		);
	}
	return result.data;
}

/** The ARN of the cluster that a request names. */
export function requireCluster(input: Properties, cloud: Cloud): string {
	const arn = findCluster(cloud, input.cluster);
	if (arn === undefined) {
		throw new ApiError("ClusterNotFoundException", "Cluster not found.");
	}
	return arn;
}

/** Describes what is found; names in `failures` what is not. */
export function answerAll<T>(
	key: string,
	ids: readonly string[],
	find: (id: string) => T | undefined,
	describe: (found: T) => Properties,
): Properties {
	const found: Properties[] = [];
	const failures: Properties[] = [];
	for (const id of ids) {
		const item = find(id);
		if (item === undefined) {
			failures.push({ arn: id, reason: "MISSING" });
		} else {
			found.push(describe(item));
		}
	}
	return { [key]: found, failures };
}
