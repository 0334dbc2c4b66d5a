import { agentName, maskedAddress, pathTemplate } from "./names.ts";
import type { LoggedRequest } from "./requests.ts";
import type { UsageSettings } from "./settings.ts";

/** Calls of one kind. Times are milliseconds since 1970. */
export interface Calls {
	count: number;
	first: number;
	last: number;
	/** Since the day after which nobody may call. */
	sinceDate: number;
}

export interface ClientCalls extends Calls {
	/** Masked, a few of them. */
	readonly networks: Set<string>;
}

export interface Day {
	old: number;
	new: number;
}

/** What the logs said; grows with what is different in them, and only up to a limit. */
export interface Tally {
	readonly old: Calls;
	readonly new: Calls;
	other: number;
	ignored: number;
	/** Outside of the asked-for time. */
	outside: number;
	/** Newest line of all, whatever it asked for. */
	newest: number;
	readonly endpoints: Map<string, Calls>;
	readonly clients: Map<string, ClientCalls>;
	readonly days: Map<string, Day>;
}

/** More kinds than a person reads; the rest is counted together. */
const kindLimit = 300;
const dayLimit = 2_000;
const networkLimit = 5;

export function newTally(): Tally {
	return {
		old: noCalls(),
		new: noCalls(),
		other: 0,
		ignored: 0,
		outside: 0,
		newest: 0,
		endpoints: new Map(),
		clients: new Map(),
		days: new Map(),
	};
}

/** Counts one request. */
export function countRequest(
	tally: Tally,
	request: LoggedRequest,
	settings: UsageSettings,
): void {
	const { at, path } = request;
	if (at > tally.newest) tally.newest = at;
	const isOld = isUnder(path, settings.oldPrefix);
	if (!isOld && !isUnder(path, settings.newPrefix)) {
		tally.other += 1;
		return;
	}
	if (
		(settings.since !== undefined && at < settings.since) ||
		(settings.until !== undefined && at >= settings.until)
	) {
		tally.outside += 1;
		return;
	}
	const agent = agentName(request.userAgent);
	if (settings.ignoreAgents.some((part) => agent.includes(part))) {
		tally.ignored += 1;
		return;
	}
	const day = entry(
		tally.days,
		new Date(at).toISOString().slice(0, 10),
		() => ({ old: 0, new: 0 }),
		dayLimit,
		"(other days)",
	);
	const isLate = settings.date !== undefined && at >= settings.date;
	if (!isOld) {
		day.new += 1;
		add(tally.new, at, isLate);
		return;
	}
	day.old += 1;
	add(tally.old, at, isLate);
	add(
		entry(
			tally.endpoints,
			endpointOf(request),
			noCalls,
			kindLimit,
			"(other endpoints)",
		),
		at,
		isLate,
	);
	const client = entry(
		tally.clients,
		agent,
		() => ({ ...noCalls(), networks: new Set<string>() }),
		kindLimit,
		"(other clients)",
	);
	add(client, at, isLate);
	if (client.networks.size < networkLimit) {
		client.networks.add(copied(maskedAddress(request.client)));
	}
}

/** Whoever guesses at addresses gets 404 for them: those are no endpoints. */
function endpointOf({ method, path, status }: LoggedRequest): string {
	if (status === "404") return "(answered 404)";
	const verb = /^[A-Z]{3,7}$/.test(method) ? method : "?";
	return `${verb} ${pathTemplate(path)}`;
}

function isUnder(path: string, prefix: string): boolean {
	if (!path.startsWith(prefix)) return false;
	const after = path[prefix.length];
	return after === undefined || after === "/" || after === "?";
}

function entry<T>(
	map: Map<string, T>,
	key: string,
	make: () => T,
	limit: number,
	otherwise: string,
): T {
	const known = map.get(key);
	if (known !== undefined) return known;
	const name = map.size < limit ? copied(key) : otherwise;
	const made = map.get(name) ?? make();
	map.set(name, made);
	return made;
}

/** A slice of a log would keep its whole chunk in memory. */
const copied = (text: string) => Buffer.from(text).toString();

function noCalls(): Calls {
	return { count: 0, first: 0, last: 0, sinceDate: 0 };
}

function add(calls: Calls, at: number, isLate: boolean): void {
	calls.first = calls.count === 0 ? at : Math.min(calls.first, at);
	calls.last = Math.max(calls.last, at);
	calls.count += 1;
	if (isLate) calls.sinceDate += 1;
}
