import { keepConnections } from "../../adapters/http.ts";
import { pingRedis } from "../../adapters/redis.ts";
import { reasonOf } from "../../errors.ts";
import { openApi, said } from "../api.ts";
import {
	type CheckSpec,
	failed,
	NotRunError,
	passed,
	without,
} from "../check.ts";
import { databaseOf, type World } from "../world.ts";

/** A part that nobody named is not wanted. */
function notNamed(what: string): NotRunError {
	return new NotRunError(`not configured (integration.${what} in --checks)`, {
		required: false,
	});
}

/** The pages of the frontend. */
export const frontend: CheckSpec = {
	name: "frontend",
	group: "Integration",
	expected: "200 with a page",
	async run(world) {
		if (world.frontend === undefined)
			throw new NotRunError("no address was given (--frontend-url)", {
				required: false,
			});
		const answer = await world.frontend.call(
			{ path: "", accept: "text/html" },
			world.signal,
		);
		if (answer.status !== 200) return failed(said(answer));
		return /<html/i.test(answer.body)
			? passed("200 with a page")
			: failed("200 without a page");
	},
};

/** The new database is one as Supabase has it: sign-in tables, roles, and who is asking. */
export const supabaseDatabase: CheckSpec = {
	name: "Supabase database",
	group: "Integration",
	expected:
		"schema auth with auth.uid(), and the roles anon, authenticated, service_role",
	async run(world) {
		const { rows } = await databaseOf(world).query<{ what: string }>(
			`SELECT 'schema auth is missing' AS what WHERE to_regnamespace('auth') IS NULL
			UNION ALL SELECT 'function auth.uid() is missing' WHERE to_regprocedure('auth.uid()') IS NULL
			UNION ALL SELECT format('role %s is missing', name) FROM unnest(ARRAY['anon', 'authenticated', 'service_role']) name
				WHERE to_regrole(name) IS NULL`,
		);
		return without(
			rows.map((row) => row.what),
			"all there",
		);
	},
};

/** Supabase's own sign-in service. */
export const supabaseService: CheckSpec = {
	name: "Supabase service",
	group: "Integration",
	expected: "its health below 400",
	async run(world) {
		const part = world.plan.integration.supabase;
		if (part === undefined) throw notNamed("supabase");
		const key =
			part.keyEnv === undefined ? undefined : world.environment[part.keyEnv];
		return await external(world, part.url, "/auth/v1/health", {
			...(key !== undefined && key !== "" && { apikey: key }),
		});
	},
};

/** The service that takes screenshots. */
export const desktopService: CheckSpec = {
	name: "desktop service",
	group: "Integration",
	expected: "its health below 400",
	async run(world) {
		const part = world.plan.integration.desktop;
		if (part === undefined) throw notNamed("desktop");
		return await external(world, part.url, part.path, {});
	},
};

async function external(
	world: World,
	url: string,
	path: string,
	headers: Readonly<Record<string, string>>,
) {
	const api = openApi({
		what: "it",
		baseUrl: url,
		caFile: world.caFile,
		requestSeconds: world.plan.limits.requestSeconds,
		connections: keepConnections(),
	});
	try {
		const answer = await api.call({ path, headers }, world.signal);
		return answer.status < 400
			? passed(`${answer.status}`)
			: failed(`${path}: ${said(answer)}`);
	} finally {
		api.close();
	}
}

/** The cache. */
export const redis: CheckSpec = {
	name: "Redis",
	group: "Integration",
	expected: "PONG",
	async run(world) {
		const part = world.plan.integration.redis;
		if (part === undefined) throw notNamed("redis");
		const password =
			part.passwordEnv === undefined
				? undefined
				: world.environment[part.passwordEnv];
		const answer = await pingRedis({
			url: part.url,
			password: password === "" ? undefined : password,
			timeoutMs: world.plan.limits.requestSeconds * 1000,
		}).catch((error: unknown) => `${part.url}: ${reasonOf(error)}`);
		return answer === "+PONG" ? passed("PONG") : failed(answer);
	},
};
