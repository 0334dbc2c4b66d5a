/**
 * Puts the environment back as it was. Key by key: another object in place of `process.env` would no longer be what
 * Node itself reads.
 *
 * @param before a copy taken earlier: `{ ...process.env }`.
 */
export function restoreEnvironment(before: NodeJS.ProcessEnv): void {
	for (const name of Object.keys(process.env)) {
		if (!(name in before)) delete process.env[name];
	}
	Object.assign(process.env, before);
}
