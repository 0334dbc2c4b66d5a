import { said } from "../api.ts";
import { type CheckSpec, failed, passed } from "../check.ts";
import type { Endpoint, PhasePlan } from "../plan.ts";
import { callAs } from "../world.ts";

/** What the check of an endpoint is called. */
export const endpointName = (
	endpoint: Pick<Endpoint, "method" | "path">,
): string => `${endpoint.method} ${endpoint.path}`;

/** One check per endpoint: it answers, called with a login where it needs one. */
export function endpoints(
	own: PhasePlan,
	which: "open" | "behind a login",
): readonly CheckSpec[] {
	const wanted = own.endpoints.filter(
		({ login }) => login === (which !== "open"),
	);
	return wanted.map((endpoint): CheckSpec => {
		const below = endpoint.below ?? own.below;
		return {
			name: endpointName(endpoint),
			group: "Functionality",
			expected: `below ${below}`,
			async run(world) {
				const answer = await callAs(world, endpoint.login ? "user" : "nobody", {
					method: endpoint.method,
					path: endpoint.path,
					...(endpoint.json !== undefined && { json: endpoint.json }),
				});
				return answer.status < below
					? passed(`${answer.status}`)
					: failed(said(answer));
			},
		};
	});
}

/** The names among these that belong to endpoints of the plan: what is known to fail is not counted twice. */
export function knownEndpoints(
	own: PhasePlan,
	paths: readonly string[],
): readonly string[] {
	const names = new Set(own.endpoints.map(endpointName));
	return paths.map((path) => `GET ${path}`).filter((name) => names.has(name));
}
