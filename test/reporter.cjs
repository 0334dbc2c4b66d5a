"use strict";
// The spec reporter, which also leaves its counts where test/run.mjs can add them up.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

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
		});
	}
};
