import { redact } from "../status/redact.ts";

/** Segments of a path that are kept; more would be no endpoint. */
const segmentLimit = 8;

/** What an endpoint is called: numbers, identifiers and whatever else is no plain word stand as `{id}`. */
export function pathTemplate(path: string): string {
	const segments = path.replace(/[?#].*$/s, "").split("/");
	const words = segments
		.slice(0, segmentLimit + 1)
		.map((segment, index) =>
			index === 0 || isWord(segment) ? segment : "{id}",
		);
	if (segments.length > segmentLimit + 1) words.push("…");
	return words.join("/") || "/";
}

/** A word or a version such as `v1`: no digits otherwise, since those tell rows and people apart. */
const isWord = (segment: string) =>
	segment === "" || /^(?:[a-z]+(?:[-_.][a-z]+)*|v\d{1,2})$/i.test(segment);

const agentLength = 120;

/** A client by its user agent, shortened and without anything that says who a person is. */
export function agentName(userAgent: string): string {
	if (userAgent === "-" || userAgent === "") return "(no user agent)";
	// Logs are read as Latin-1, but say UTF-8.
	const text = Buffer.from(userAgent.slice(0, 1000), "latin1")
		.toString("utf8")
		.replace(/\\x22/g, '"')
		.replace(/\p{Cc}/gu, " ");
	const clean = redact(text).trim();
	return clean.length > agentLength ? `${clean.slice(0, agentLength)}…` : clean;
}

/** The network of an address, with or without a port: enough to find a team, not a person. */
export function maskedAddress(client: string): string {
	const v4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}(?::\d+)?$/.exec(client);
	if (v4?.[1] !== undefined) return `${v4[1]}.x`;
	const bare = client.replace(/^\[([^\]]*)\](?::\d+)?$/, "$1");
	if (!/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(bare)) return "unknown";
	const mapped = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(bare);
	if (mapped?.[1] !== undefined) return `${mapped[1]}.x`;
	const [head = ""] = bare.split("::");
	const groups = head.split(":").slice(0, 3).join(":");
	return groups === "" ? "::x" : `${groups}::x`;
}
