/**
 * Settings with every `<NAME>` replaced by what the environment says.
 * @throws Error naming every one that it does not say.
 */
export function fillSettings(settings, environment) {
	const missing = new Set();
	const fill = (value) => {
		if (typeof value === "string") {
			return value.replaceAll(/<([A-Z][A-Z0-9_]*)>/g, (_, name) => {
				if (!environment[name]) missing.add(name);
				return environment[name] ?? "";
			});
		}
		if (Array.isArray(value)) return value.map(fill);
		return value !== null && typeof value === "object"
			? Object.fromEntries(
					Object.entries(value).map(([key, part]) => [key, fill(part)]),
				)
			: value;
	};
	const filled = fill(settings);
	if (missing.size > 0) {
		throw new Error(
			`expected ${[...missing].sort().join(", ")} in the environment, got none`,
		);
	}
	return filled;
}
