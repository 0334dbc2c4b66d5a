export function fillSettings(
	settings: unknown,
	environment: Readonly<Record<string, string | undefined>>,
): unknown;
