"use strict";
// The spec reporter, which also leaves its counts where test/run.mjs can add them up.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

// What a test leaves open (a browser, a server) keeps the process after the last test. That is a failure with a name, not a
// run that never ends.
const patienceMs = 30_000;

module.exports = class CountingReporter extends Mocha.reporters.Spec {
	constructor(runner, options) {
		super(runner, options);
		runner.once("end", () => {
			const file = process.env.TEST_COUNTS_FILE;
			if (file)
				writeFileSync(
					file,
					JSON.stringify({
						passes: this.stats.passes,
						failures: this.stats.failures,
						pending: this.stats.pending,
					}),
				);
			setTimeout(() => {
				const open = process.getActiveResourcesInfo().join(", ");
				process.stderr.write(
					`The last test ended ${patienceMs / 1000} s ago and this process does not: something was left open (${open}).\n`,
				);
				// Mocha's own listener, which comes first, sets the number of failures.
				process.once("exit", () => {
					process.exitCode ||= 1;
				});
				process.exit();
			}, patienceMs).unref();
		});
	}
};
