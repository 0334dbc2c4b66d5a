import { type HttpAnswer, request } from "../adapters/http.ts";
import { reasonOf } from "../errors.ts";
import type { Check } from "../outcome.ts";

const mostRedirects = 10;

/** Whether the application answers at all, asked before a browser is started: its own words are clearer than a browser's. */
export async function checkAnswers(
	baseUrl: string,
	route: string,
	caFile: string | undefined,
): Promise<Check> {
	const startedAt = performance.now();
	const problem = await findProblem(`${baseUrl}${route}`, caFile);
	return {
		name: "the application answers",
		outcome: problem === undefined ? "passed" : "failed",
		expected: `${baseUrl}${route} answers with a page`,
		actual: problem ?? "a page",
		seconds: (performance.now() - startedAt) / 1000,
	};
}

async function findProblem(
	begin: string,
	caFile: string | undefined,
): Promise<string | undefined> {
	const seen: string[] = [];
	let url = begin;
	for (;;) {
		if (seen.includes(url) || seen.length >= mostRedirects) {
			return `redirects without end: ${[...seen, url].slice(-3).join(" → ")}; check what stands before the application`;
		}
		seen.push(url);
		let answer: HttpAnswer;
		try {
			answer = await request({
				url,
				timeoutMs: 10_000,
				accept: "text/html",
				...(caFile !== undefined && { caFile }),
			});
		} catch (error) {
			return advise(url, error);
		}
		const { location } = answer.headers;
		if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
			url = new URL(location, url).href;
			continue;
		}
		return answer.status < 400
			? undefined
			: `${url} answered ${answer.status}; check that the frontend runs there`;
	}
}

function advise(url: string, error: unknown): string {
	const reason = reasonOf(error);
	const code =
		typeof error === "object" && error !== null && "code" in error
			? String(error.code)
			: "";
	if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)) {
		return `the certificate of ${new URL(url).host} is not trusted: ${reason}; give its authority with --ca-file, or correct the address`;
	}
	return `${url} does not answer: ${reason}; check the address, the network and that the frontend runs`;
}
