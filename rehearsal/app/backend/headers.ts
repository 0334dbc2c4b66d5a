/** Headers that every answer of the system carries, whatever its status. */
export function securityHeaders(release: string): Record<string, string> {
	return {
		"X-Release": release,
		"X-Content-Type-Options": "nosniff",
		"X-Frame-Options": "DENY",
		"X-XSS-Protection": "1; mode=block",
		"Referrer-Policy": "no-referrer",
	};
}

/** Headers of a deprecated API version: RFC 9745 (`@` and Unix seconds), RFC 8594 (HTTP date), RFC 8288 (link). */
export function deprecationHeaders(dates: {
	readonly deprecationDate: Date;
	readonly sunsetDate: Date;
}): Record<string, string> {
	return {
		Deprecation: `@${Math.floor(dates.deprecationDate.getTime() / 1000)}`,
		Sunset: dates.sunsetDate.toUTCString(),
		Link: '</api/v2>; rel="successor-version"',
	};
}
