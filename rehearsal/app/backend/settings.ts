import * as z from "zod";

const date = z.iso.date();

const environment = z
	.object({
		/** Which schema the release works on: the legacy tables with integer ids, or auth.* and public.* with UUIDs. */
		SCHEMA: z.enum(["legacy", "current"]).default("current"),
		/** Name of the release, answered in every `X-Release` header. */
		RELEASE: z.string().min(1).max(100),
		DATABASE_URL: z.string().min(1),
		/** Connections that one process may hold. */
		DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(8),
		/** Shared by all releases, so that sessions survive the cutover. */
		JWT_SECRET: z.string().min(16),
		TOKEN_SECONDS: z.coerce.number().int().min(1).default(3600),
		/** A folder, or s3://bucket/prefix. */
		UPLOADS: z.string().min(1),
		UPLOAD_LIMIT_BYTES: z.coerce
			.number()
			.int()
			.min(1)
			.default(25 * 1024 * 1024),
		/** Origins of the frontend, comma separated; others get no CORS headers. */
		ALLOWED_ORIGIN: z.string().default(""),
		API_DEPRECATION_DATE: date.default("2026-12-01"),
		API_SUNSET_DATE: date.default("2027-06-01"),
		PORT: z.coerce.number().int().min(0).max(65535).default(8000),
		HOST: z.string().default("0.0.0.0"),
	})
	.refine((e) => e.API_SUNSET_DATE > e.API_DEPRECATION_DATE, {
		path: ["API_SUNSET_DATE"],
		// RFC 9745: a sunset before the deprecation is a contradiction, and clients may ignore both.
		error: "expected a date after API_DEPRECATION_DATE",
	});

/** What the backend is told by its environment. */
export interface BackendSettings {
	readonly schema: "legacy" | "current";
	readonly release: string;
	readonly databaseUrl: string;
	readonly databaseConnections: number;
	readonly jwtSecret: string;
	readonly tokenSeconds: number;
	readonly uploads: string;
	readonly uploadLimitBytes: number;
	readonly allowedOrigins: readonly string[];
	readonly deprecationDate: Date;
	readonly sunsetDate: Date;
	readonly port: number;
	readonly host: string;
}

/** Reads the environment; throws one Error that names every variable that is missing or wrong, never a value. */
export function parseSettings(
	variables: Readonly<Record<string, string | undefined>>,
): BackendSettings {
	const parsed = environment.safeParse(variables);
	if (!parsed.success) {
		throw new Error(
			`the environment of the backend is not complete:\n${z.prettifyError(parsed.error)}`,
		);
	}
	const e = parsed.data;
	return {
		schema: e.SCHEMA,
		release: e.RELEASE,
		databaseUrl: e.DATABASE_URL,
		databaseConnections: e.DATABASE_CONNECTIONS,
		jwtSecret: e.JWT_SECRET,
		tokenSeconds: e.TOKEN_SECONDS,
		uploads: e.UPLOADS,
		uploadLimitBytes: e.UPLOAD_LIMIT_BYTES,
		allowedOrigins: e.ALLOWED_ORIGIN.split(",")
			.map((origin) => origin.trim())
			.filter((origin) => origin !== ""),
		deprecationDate: new Date(`${e.API_DEPRECATION_DATE}T00:00:00Z`),
		sunsetDate: new Date(`${e.API_SUNSET_DATE}T00:00:00Z`),
		port: e.PORT,
		host: e.HOST,
	};
}
