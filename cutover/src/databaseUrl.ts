import { z } from "zod";

/** An address of a PostgreSQL database. */
export const databaseUrl = z
	.string()
	.regex(/^postgres(ql)?:\/\//, "expected postgresql://...");
