import { writeFileSync } from "node:fs";
import { type ActionName, buildAction, pick, signIn } from "./actions.ts";
import { createClient } from "./client.ts";
import { openLedger } from "./ledger.ts";
import type { Account, LoadOptions } from "./options.ts";
import { createTally, type LoadReport } from "./tally.ts";

/** Requests are due on a fixed schedule, whatever the answers do; the clock is looked at this often. */
const tickMs = 10;
const newConnectionShare = 0.2;
/** So many unanswered requests mean that the system does not keep up: the next ones count as failed. */
const maxUnderWay = 1000;

/** Starts the load; `stop` lets what is under way finish and answers the final report. */
export async function runGenerator(
	options: LoadOptions,
): Promise<{ stop(): Promise<LoadReport> }> {
	const client = createClient(options);
	const ledger = openLedger(options.ledgerFile);
	const tokens = new Map<Account, string>();
	for (const account of options.accounts)
		tokens.set(account, await signIn(client.send, options.apiHost, account));

	const started = performance.now();
	const tally = createTally(Date.now());
	const underWay = new Set<Promise<void>>();
	let sent = 0;

	const send = async (name: ActionName, account: Account) => {
		const action = buildAction(
			name,
			options,
			account,
			tokens.get(account) ?? "",
		);
		const newConnection = Math.random() < newConnectionShare;
		const begun = performance.now();
		const observed = {
			request: `${action.call.method} ${action.call.host}${action.call.path.split("?")[0]}`,
			write: action.write,
			slow: action.slow,
			expected: action.expected,
			newConnection,
		};
		try {
			if (underWay.size > maxUnderWay)
				throw new Error(`${maxUnderWay} requests are waiting for an answer`);
			const answer = await client.send({ ...action.call, newConnection });
			const verdict = tally.add({
				...observed,
				answer: answer.status,
				release: answer.release,
				retryAfter: answer.retryAfter,
				atMs: Date.now(),
				tookMs: performance.now() - begun,
			});
			if (verdict.kind === "answered" && action.acknowledged)
				ledger.append(action.acknowledged(answer.body));
		} catch (error) {
			tally.add({
				...observed,
				answer: error instanceof Error ? error : new Error(String(error)),
				release: undefined,
				retryAfter: false,
				atMs: Date.now(),
				tookMs: performance.now() - begun,
			});
		}
	};

	const tick = setInterval(() => {
		const due = Math.floor(
			((performance.now() - started) / 1000) * options.ratePerSecond,
		);
		for (; sent < due; sent++) {
			const account = options.accounts[sent % options.accounts.length];
			if (account === undefined) continue;
			const work = send(pick(Math.random()), account).finally(() =>
				underWay.delete(work),
			);
			underWay.add(work);
		}
	}, tickMs);
	const writeReport = () =>
		writeFileSync(options.reportFile, JSON.stringify(tally.report()));
	writeReport();
	const reporting = setInterval(writeReport, 1000);

	return {
		async stop() {
			clearInterval(tick);
			await Promise.all(underWay);
			clearInterval(reporting);
			writeReport();
			client.close();
			ledger.close();
			return tally.report();
		},
	};
}
