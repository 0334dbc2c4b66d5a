/** `it's` → `'it'\''s'`: one word for any POSIX shell, whatever the text holds. */
export function quote(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Lines for `eval` in a POSIX shell. @throws on a name that the shell would not take. */
export function exportLines(environment: Record<string, string>): string {
	return Object.entries(environment)
		.map(([name, value]) => {
			if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
				throw new Error(`${name} is no name of a shell variable`);
			return `export ${name}=${quote(value)}\n`;
		})
		.join("");
}
