import type { SettingDependency } from "./facts.ts";
import { byCode } from "./text.ts";

/** What a scheme stands for. */
const kinds: Readonly<Record<string, string>> = {
	amqp: "message queue",
	amqps: "message queue",
	http: "service",
	https: "service",
	kafka: "message queue",
	ldap: "directory",
	ldaps: "directory",
	memcached: "cache",
	mongodb: "database",
	mysql: "database",
	nats: "message queue",
	postgres: "database",
	postgresql: "database",
	redis: "cache",
	rediss: "cache",
	s3: "object store",
	smtp: "mail",
	smtps: "mail",
	ws: "service",
	wss: "service",
};

/**
 * The parts outside that an application's settings name, from a file of `NAME=value` lines: whatever is an address, and
 * pairs of NAME_HOST and NAME_PORT. User names, passwords, paths and queries, which may hold tokens, are left out.
 */
export function readAppSettings(text: string): readonly SettingDependency[] {
	const values = new Map(text.split(/\r?\n/).flatMap(parseLine));
	return [...values]
		.flatMap(([setting, value]): SettingDependency[] => {
			const addresses = addressesOf(setting, value, values);
			return addresses.map(({ kind, address }) => ({ setting, kind, address }));
		})
		.toSorted(
			(one, other) =>
				byCode(one.setting, other.setting) ||
				byCode(one.address, other.address),
		);
}

/** Whether the address is the machine that the application runs on. */
export function isLocal(address: string): boolean {
	const host = address
		.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
		.replace(/:\d+$/, "");
	return /^(localhost|127\..*|\[::1\]|0\.0\.0\.0|host\.docker\.internal)$/i.test(
		host,
	);
}

function parseLine(line: string): readonly (readonly [string, string])[] {
	const [, name, raw] =
		/^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.*?)\s*$/.exec(
			line,
		) ?? [];
	if (name === undefined || raw === undefined) return [];
	const [, , quoted] = /^(["'])(.*?)\1/.exec(raw) ?? [];
	const value = quoted ?? raw.replace(/\s+#.*$/, "");
	return value === "" ? [] : [[name, value]];
}

function addressesOf(
	setting: string,
	value: string,
	all: ReadonlyMap<string, string>,
): readonly Omit<SettingDependency, "setting">[] {
	// A list of addresses: each of them has a scheme of its own.
	const urls = value
		.split(/,(?=\s*[a-z][a-z0-9+.-]*:\/\/)/i)
		.flatMap((part) => {
			const [, scheme, rest = ""] =
				/^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(part.trim()) ?? [];
			if (scheme === undefined) return [];
			const name = scheme.toLowerCase();
			return [
				{
					kind: kinds[name.replace(/\+.*$/, "")] ?? name,
					address: `${name}://${hostOf(rest)}`,
				},
			];
		});
	if (urls.length > 0) return urls;
	const [, stem] = /^(.+)_HOST$/.exec(setting) ?? [];
	// What the application itself listens on is no dependency, and is called HOST alone.
	if (stem === undefined || value === "0.0.0.0" || !hosts.test(value)) {
		return [];
	}
	const port = all.get(`${stem}_PORT`);
	return [
		{
			kind: kinds[stem.toLowerCase()] ?? stem.toLowerCase(),
			address:
				port === undefined || !/^\d+$/.test(port) ? value : `${value}:${port}`,
		},
	];
}

const hosts =
	/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?(?:,(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?)*$/i;

/** Host and port of an address; "?" where they cannot be told from a password that was not encoded. */
function hostOf(rest: string): string {
	const [authority = ""] = rest.split(/[/?#]/, 1);
	const host = authority.slice(authority.lastIndexOf("@") + 1);
	const isDoubtful =
		!authority.includes("@") && authority.includes(":") && rest.includes("@");
	return isDoubtful || (host !== "" && !hosts.test(host)) ? "?" : host;
}
