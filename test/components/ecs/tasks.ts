import type { Recording } from "../recording.ts";

/** The one container of a task definition, as its JSON says it. */
export interface Container {
	readonly image: string;
	readonly command?: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	readonly secrets: Readonly<Record<string, string>>;
	readonly mountPoints?: unknown;
}

/** Reads the container of the task definition with that name. */
export function containerOf(program: Recording, name: string): Container {
	const { inputs } = program.get("aws:ecs/taskDefinition:TaskDefinition", name);
	const [container, ...others]: StoredContainer[] = JSON.parse(
		String(inputs.containerDefinitions),
	);
	if (!container || others.length > 0) {
		throw new Error(`${name}: expected one container`);
	}
	return {
		...container,
		environment: Object.fromEntries(
			container.environment.map(({ name, value }) => [name, value]),
		),
		secrets: Object.fromEntries(
			container.secrets.map(({ name, valueFrom }) => [name, valueFrom]),
		),
	};
}

interface StoredContainer {
	readonly image: string;
	readonly command?: readonly string[];
	readonly environment: readonly { name: string; value: string }[];
	readonly secrets: readonly { name: string; valueFrom: string }[];
	readonly mountPoints?: unknown;
}
