import assert from "node:assert/strict";
import {
	namingDatabase,
	toolFailure,
} from "../../../cutover/src/backup/failures.ts";
import {
	ConnectionLostError,
	RefusedError,
} from "../../../cutover/src/errors.ts";

const database = "postgresql://backup:s3cret@db.example:5433/app";

describe("failures of a backup", () => {
	it("say which program failed at which database, and what to do when the server went away", () => {
		for (const line of [
			"pg_dump: error: query failed: server closed the connection unexpectedly",
			'pg_dump: error: query failed: ERROR:  invalid snapshot identifier: "00000004-00000002-1"',
			"pg_dump: error: a worker process died unexpectedly",
		]) {
			const { message } = toolFailure(
				"pg_dump",
				{ exitCode: 1, how: "exit code 1", lines: ["pg_dump: reading", line] },
				database,
			);
			assert.equal(
				message,
				`pg_dump of db.example:5433/app ended with exit code 1: ${line}; check the network and that the server runs (its log says more), then run this again`,
			);
		}
	});

	it("do not send people to the server when it is not its fault", () => {
		const { message } = toolFailure(
			"pg_dump",
			{
				exitCode: 1,
				how: "exit code 1",
				lines: ["pg_dump: error: permission denied for table users"],
			},
			database,
		);
		assert.equal(
			message,
			"pg_dump of db.example:5433/app ended with exit code 1: pg_dump: error: permission denied for table users",
		);
	});

	it("get the database's address where they do not have it, once", () => {
		const lost = namingDatabase(
			new ConnectionLostError("database", "db.example:5433", new Error("gone")),
			database,
		);
		assert.ok(lost instanceof ConnectionLostError);
		assert.equal(lost.address, "db.example:5433/app");
		const refused = namingDatabase(new RefusedError("no rights"), database);
		assert.ok(refused instanceof RefusedError);
		assert.equal(refused.message, "backing up db.example:5433/app: no rights");
		assert.equal(namingDatabase(refused, database), refused);
	});

	it("stay as they are when they are no server's fault", () => {
		const error = new Error("interrupted");
		assert.equal(namingDatabase(error, database), error);
	});
});
