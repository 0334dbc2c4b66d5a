/**
 * A policy document as JSON text.
 * @throws when it is not a policy: the service answers MalformedPolicyDocument.
 */
export function normalizePolicy(value: unknown): string {
	const text = typeof value === "string" ? value : JSON.stringify(value);
	const document = parse(text);
	const statements = document.Statement ?? document.statement;
	const list = Array.isArray(statements) ? statements : [statements];
	if (statements === undefined || list.length === 0)
		throw new Error("MalformedPolicyDocument: the policy has no Statement");
	for (const statement of list) {
		const effect = (statement as Record<string, unknown> | null)?.Effect;
		if (effect !== "Allow" && effect !== "Deny")
			throw new Error(
				`MalformedPolicyDocument: Effect must be Allow or Deny, got ${JSON.stringify(effect)}`,
			);
	}
	return text;
}

function parse(text: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === "object" && value !== null) return { ...value };
	} catch {
		throw new Error("MalformedPolicyDocument: the policy is not valid JSON");
	}
	throw new Error("MalformedPolicyDocument: the policy is not a JSON object");
}
