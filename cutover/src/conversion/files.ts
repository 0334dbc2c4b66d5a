/**
 * Why a stored path cannot be taken over, or undefined when it stays inside the uploads folder. Any `..` part is refused,
 * also a harmless one.
 */
export function pathProblem(path: string | null): string | undefined {
	if (path === null || path === "") return "stored path is missing";
	const parts = path.split("/");
	const isOutside =
		path.startsWith("/") ||
		path.includes("\\") ||
		parts.includes("..") ||
		parts.every((part) => part === "" || part === ".");
	return isOutside ? leaves : undefined;
}

/** `pathProblem` as SQL expression: the reason, or NULL. */
export function pathProblemSql(column: string): string {
	return `CASE WHEN coalesce(${column}, '') = '' THEN 'stored path is missing' WHEN ${column} LIKE '/%' OR ${column} LIKE '%\\\\%' OR ${column} ~ '(^|/)[.][.](/|$)' OR ${column} ~ '^[./]*$' THEN '${leaves}' END`;
}

const leaves = "stored path leaves the uploads folder";
