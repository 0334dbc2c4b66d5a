import { loadCanaries } from "../validate/canaries.ts";
import type { Scenario } from "./scenario.ts";
import { loadScenario } from "./scenario.ts";
import type { MeasuringSettings } from "./settings.ts";

/** The scenario with the account that signs in: a canary's where one is given. */
export async function scenarioOf(
	settings: MeasuringSettings,
): Promise<Scenario> {
	const scenario = await loadScenario(settings.scenario);
	const [canary] = await loadCanaries(settings);
	if (canary === undefined || scenario.signIn === undefined) return scenario;
	const { path } = scenario.signIn;
	return {
		...scenario,
		signIn: { path, account: canary },
		// The endpoint that is signed in to is measured with the same account.
		endpoints: scenario.endpoints.map((endpoint) =>
			endpoint.path === path ? { ...endpoint, json: canary } : endpoint,
		),
	};
}
