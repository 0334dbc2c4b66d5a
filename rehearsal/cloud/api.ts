import type { ApiAction } from "./apiError.ts";
import { ecsApi } from "./ecs/handlers.ts";
import type { Cloud, Properties } from "./handler.ts";
import { logsActions } from "./logs/actions.ts";
import { secretsManagerActions } from "./secretsmanager/actions.ts";

/** The actions of one service, by the part of `X-Amz-Target` behind the dot. */
export type JsonActions = Readonly<Record<string, ApiAction>>;

const services: Readonly<Record<string, JsonActions>> = {
	AmazonEC2ContainerServiceV20141113: ecsApi,
	Logs_20140328: logsActions,
	secretsmanager: secretsManagerActions,
};

export interface ApiAnswer {
	readonly status: 200 | 400 | 500;
	readonly body: unknown;
}

/** Answers one call of the JSON protocol; every failure, also an unknown action, has the AWS error form. */
export async function callJsonApi(
	target: string,
	input: Properties,
	cloud: Cloud,
): Promise<ApiAnswer> {
	const [service = "", action = ""] = target.split(".");
	const run = services[service]?.[action];
	if (run === undefined)
		return refusal(
			"UnknownOperationException",
			`the laptop cloud does not have the action ${target}`,
		);
	try {
		return { status: 200, body: await run(input, cloud) };
	} catch (error) {
		if (isApiError(error)) return refusal(error.code, error.message);
		const message = error instanceof Error ? error.message : String(error);
		cloud.log(`${target} failed: ${message}`);
		return {
			status: 500,
			body: { __type: "InternalServiceError", message },
		};
	}
}

const refusal = (code: string, message: string): ApiAnswer => ({
	status: 400,
	body: { __type: code, message },
});

const isApiError = (error: unknown): error is Error & { code: string } =>
	error instanceof Error &&
	error.name === "ApiError" &&
	"code" in error &&
	typeof error.code === "string";
