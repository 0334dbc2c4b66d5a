import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What stands between the brackets of each `new ...Client(`. */
function clientsOf(text: string): readonly string[] {
	return [...text.matchAll(/new (?:sdk\.)?[A-Z]\w*Client\(/g)].map((match) => {
		const from = match.index + match[0].length;
		let depth = 1;
		let to = from;
		for (; depth > 0 && to < text.length; to += 1) {
			if (text[to] === "(") depth += 1;
			if (text[to] === ")") depth -= 1;
		}
		return text.slice(from, to - 1);
	});
}

describe("clients of AWS", () => {
	it("give up a service that stands still, each of them", () => {
		const clients = ["cutover/src/adapters", "golive/src/read"].flatMap(
			(folder) =>
				readdirSync(folder)
					.filter((name) => name.endsWith(".ts"))
					.map((name) => join(folder, name))
					.flatMap((file) =>
						clientsOf(readFileSync(file, "utf8")).map((settings) => ({
							file,
							settings,
						})),
					),
		);
		assert.ok(clients.length >= 10, `${clients.length} found`);
		for (const { file, settings } of clients) {
			assert.match(settings, /requestLimits|clientSettings\(\)/, file);
		}
	});
});
