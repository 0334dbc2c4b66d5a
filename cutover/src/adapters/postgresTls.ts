import { readFileSync } from "node:fs";

/** TLS options of a connection; false is none. */
export type TlsSettings =
	| false
	| {
			readonly rejectUnauthorized: boolean;
			readonly ca?: string;
			readonly checkServerIdentity?: () => undefined;
	  };

/** What `sslmode` asks for. */
export interface WantedTls {
	readonly wanted: TlsSettings;
	/** A server without TLS is taken as well. */
	readonly isOptional: boolean;
}

/**
 * Reads `sslmode` and `sslrootcert`, from the URL or PGSSLMODE and PGSSLROOTCERT, as PostgreSQL's own programs do: the
 * driver takes `prefer` and `require` for demands that a server without TLS, or with a private authority, cannot meet.
 */
export function tlsSettings(
	url: string,
	env: Readonly<Record<string, string | undefined>>,
): WantedTls {
	const query = queryOf(url);
	const mode = query.get("sslmode") ?? (env.PGSSLMODE || "prefer");
	const authority =
		query.get("sslrootcert") ?? (env.PGSSLROOTCERT || undefined);
	const ca =
		authority === undefined ? {} : { ca: readFileSync(authority, "utf8") };
	const isAuthorityGiven = authority !== undefined;
	switch (mode) {
		case "disable":
			return { wanted: false, isOptional: false };
		case "allow":
		case "prefer":
			return {
				// Nobody listens on the way to this machine itself.
				wanted: isLoopback(url, env) ? false : { rejectUnauthorized: false },
				isOptional: true,
			};
		case "verify-full":
			return { wanted: { rejectUnauthorized: true, ...ca }, isOptional: false };
		case "require":
		case "no-verify":
		case "verify-ca":
			return {
				wanted:
					mode === "verify-ca" || (mode === "require" && isAuthorityGiven)
						? {
								rejectUnauthorized: true,
								checkServerIdentity: () => undefined,
								...ca,
							}
						: { rejectUnauthorized: false },
				isOptional: false,
			};
		default:
			throw new Error(
				`sslmode ${mode} is unknown; expected disable, allow, prefer, require, verify-ca or verify-full`,
			);
	}
}

/** The URL without its TLS options, which are handed over apart from it. */
export function withoutTls(url: string): string {
	const query = queryOf(url);
	query.delete("sslmode");
	query.delete("sslrootcert");
	query.delete("uselibpqcompat");
	const [base = ""] = url.split("?", 1);
	return query.size === 0 ? base : `${base}?${query}`;
}

/** Query part for the URL of an application that has to use TLS as this connection does; empty where it need not. */
export function tlsQuery(
	url: string,
	env: Readonly<Record<string, string | undefined>>,
): string {
	const mode = queryOf(url).get("sslmode") ?? env.PGSSLMODE ?? "";
	// The second part makes the Node driver read the first one as PostgreSQL's own programs do.
	return /^(require|verify-ca|verify-full)$/.test(mode)
		? `?sslmode=${mode}&uselibpqcompat=true`
		: "";
}

/** The environment that makes PostgreSQL's own programs use TLS as this connection does. */
export function tlsEnvironment(
	url: string,
	env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
	const query = queryOf(url);
	const mode = query.get("sslmode") ?? env.PGSSLMODE ?? "";
	const authority = query.get("sslrootcert") ?? env.PGSSLROOTCERT ?? "";
	return {
		// A name that only the Node driver knows.
		...(mode !== "" && { PGSSLMODE: mode === "no-verify" ? "require" : mode }),
		...(authority !== "" && { PGSSLROOTCERT: authority }),
	};
}

function queryOf(url: string): URLSearchParams {
	const start = url.indexOf("?");
	return new URLSearchParams(start < 0 ? "" : url.slice(start + 1));
}

function isLoopback(
	url: string,
	env: Readonly<Record<string, string | undefined>>,
): boolean {
	const [, inUrl = ""] =
		/^[a-z]+:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(url) ?? [];
	const host = inUrl || env.PGHOST || "localhost";
	return /^(localhost|127\..*|\[::1\]|::1|\/.*)$/.test(host);
}
