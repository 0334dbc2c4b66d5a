/** A database and a bucket with uploads on the laptop cloud; a test says by environment what is changed about them. */
import { setTimeout as sleep } from "node:timers/promises";
import { Instance } from "@pulumi/aws/rds/instance.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import * as pulumi from "@pulumi/pulumi";

const {
	PLANNED_DATABASE = "orders",
	PLANNED_PASSWORD = "hunter2hunter2",
	PLANNED_OWNER = "platform",
	PLANNED_WITHOUT_BUCKET,
	PLANNED_PROTECT,
	PLANNED_PORT,
	PLANNED_SLOW,
} = process.env;

// Long enough to be stopped in the middle of an update.
if (PLANNED_SLOW !== undefined && !pulumi.runtime.isDryRun()) {
	await sleep(120_000);
}
new Instance("database", {
	identifier: PLANNED_DATABASE,
	engine: "postgres",
	instanceClass: "db.t4g.micro",
	allocatedStorage: 20,
	username: "trusted_login",
	password: pulumi.secret(PLANNED_PASSWORD),
	dbName: "app",
	port: Number(PLANNED_PORT),
	skipFinalSnapshot: true,
	tags: { owner: PLANNED_OWNER },
});
if (PLANNED_WITHOUT_BUCKET === undefined) {
	new Bucket(
		"uploads",
		{ forceDestroy: true, tags: { owner: PLANNED_OWNER } },
		{ protect: PLANNED_PROTECT !== undefined },
	);
}
