/** One request, as an access log tells of it. Texts are Latin-1 slices of the log: copy what is kept. */
export interface LoggedRequest {
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly method: string;
	/** Path with its query. */
	readonly path: string;
	readonly status: string;
	readonly client: string;
	readonly userAgent: string;
}

/** AWS Application Load Balancer: type, time, balancer, client, target, three times, two statuses, two sizes, ... */
const alb =
	/^(?:https?|h2|grpcs|wss?) (\S+) \S+ (\S+) \S+ \S+ \S+ \S+ (\S+) \S+ \S+ \S+ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"/;

/** nginx `combined`, Apache's too; whatever a team has added behind it is left out. */
const combined =
	/^(\S+) \S+ [^[\]]*\[([^\]]{20,32})\] "((?:[^"\\]|\\.)*)" (\d{3}) \S+(?: "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)")?/;

/** Reads a line of any of the known forms; undefined when it has none of them. */
export function parseRequest(line: string): LoggedRequest | undefined {
	if (line.startsWith("{")) return fromJson(line);
	const balanced = alb.exec(line);
	if (balanced !== null) {
		const [, time = "", client = "", status = "", request = "", agent = ""] =
			balanced;
		return requestOf(Date.parse(time), request, status, client, agent);
	}
	const served = combined.exec(line);
	if (served === null) return undefined;
	const [, client = "", time = "", request = "", status = "", agent = "-"] =
		served;
	return requestOf(commonTime(time), request, status, client, agent);
}

function requestOf(
	at: number,
	request: string,
	status: string,
	client: string,
	userAgent: string,
): LoggedRequest | undefined {
	if (Number.isNaN(at)) return undefined;
	const [method = "", target = ""] = request.split(" ", 2);
	// A load balancer writes the whole address, a web server the path.
	const path = target.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
	return { at, method, path, status, client, userAgent };
}

/** The laptop's load balancer: one JSON object a line. */
function fromJson(line: string): LoggedRequest | undefined {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return undefined;
	}
	if (typeof value !== "object" || value === null) return undefined;
	const { time, method, path, status, client, userAgent }: Logged = value;
	const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
	if (Number.isNaN(at) || typeof path !== "string") return undefined;
	return {
		at,
		path,
		method: text(method),
		status: text(status),
		client: text(client),
		userAgent: text(userAgent),
	};
}

type Logged = Partial<
	Record<
		"time" | "method" | "path" | "status" | "client" | "userAgent",
		unknown
	>
>;

const text = (value: unknown): string =>
	typeof value === "string" || typeof value === "number" ? String(value) : "-";

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** `10/Oct/2026:13:55:36 -0700` in milliseconds; NaN when it is none. */
function commonTime(time: string): number {
	const parts =
		/^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(
			time,
		);
	if (parts === null) return Number.NaN;
	const [, day, name = "", year, clock, hours, minutes] = parts;
	const month = months.indexOf(name) / 3 + 1;
	if (!Number.isInteger(month) || month < 1) return Number.NaN;
	return Date.parse(
		`${year}-${String(month).padStart(2, "0")}-${day}T${clock}${hours}:${minutes}`,
	);
}
