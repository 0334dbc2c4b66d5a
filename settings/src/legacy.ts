import { z } from "zod";
import { port } from "./database.ts";

const host = z.ipv4(
	"expected an IPv4 address: an ALB takes no name as a target",
);

/** Where the legacy system answers, and where its uploads lie. */
export const legacySettings = z.strictObject({
	frontend: z.strictObject({ host, port: port.default(3000) }),
	api: z.strictObject({ host, port: port.default(8007) }),
	/** Absolute inside the job's container; on the laptop relative to the rehearsal's own folder. */
	uploadsDirectory: z.string().min(1),
	/** The EFS file system that holds a copy of the uploads; mounted at uploadsDirectory. */
	uploadsFileSystemId: z
		.string()
		.regex(/^fs-[0-9a-f]{8,17}$/, "expected an id such as fs-0123456789abcdef0")
		.optional(),
});

export type LegacySettings = z.infer<typeof legacySettings>;
