import { z } from "zod";
import { minutesOfDay, minutesOfWeek, windowsOverlap } from "./windows.ts";

export const port = z.int().min(1).max(65535);

/** The target database, an RDS instance. Sizes in gibibytes, windows in UTC. */
export const databaseSettings = z
	.strictObject({
		engineVersion: z
			.string()
			.regex(/^15(\.\d+)?$/, 'expected "15" or a minor version of it')
			.default("15"),
		instanceClass: z
			.string()
			.regex(
				/^db\.[a-z0-9-]+\.[a-z0-9]+$/,
				"expected a class such as db.t3.micro",
			)
			.default("db.t3.micro"),
		/** 20 GB is the least that gp3 takes. */
		allocatedStorageGb: z.int().min(20).max(65536).default(20),
		maxAllocatedStorageGb: z.int().min(20).max(65536).default(100),
		name: z
			.string()
			.regex(/^[a-z][a-z0-9_]{0,62}$/)
			.default("trusted_login"),
		port: port.default(5432),
		multiAz: z.boolean().default(true),
		deletionProtection: z.boolean().default(true),
		/** 35 days is what RDS takes; 0 would switch backups and point-in-time recovery off. */
		backupRetentionDays: z.int().min(1).max(35).default(7),
		backupWindow: z
			.string()
			.refine((text) => minutesOfDay(text) !== undefined, {
				error:
					'expected "hh:mm-hh:mm" in UTC, 30 minutes at least, such as "03:00-04:00"',
			})
			.default("03:00-04:00"),
		maintenanceWindow: z
			.string()
			.refine((text) => minutesOfWeek(text) !== undefined, {
				error:
					'expected "ddd:hh:mm-ddd:hh:mm" in UTC, 30 minutes at least, such as "sun:04:00-sun:05:00"',
			})
			.default("sun:04:00-sun:05:00"),
		finalSnapshot: z.boolean().default(true),
		/** Without it a client that asks for no TLS gets none. */
		forceSsl: z.boolean().default(true),
		/** Read at start only, so it has to be on before the way back is needed. */
		logicalReplication: z.boolean().default(true),
	})
	.superRefine((database, context) => {
		if (database.maxAllocatedStorageGb < database.allocatedStorageGb) {
			context.addIssue({
				code: "custom",
				path: ["maxAllocatedStorageGb"],
				message: `expected at least allocatedStorageGb (${database.allocatedStorageGb}), got ${database.maxAllocatedStorageGb}`,
			});
		}
		if (windowsOverlap(database.backupWindow, database.maintenanceWindow)) {
			context.addIssue({
				code: "custom",
				path: ["maintenanceWindow"],
				message: `${database.maintenanceWindow} overlaps backupWindow ${database.backupWindow}: RDS refuses that`,
			});
		}
	});

export type DatabaseSettings = z.infer<typeof databaseSettings>;
