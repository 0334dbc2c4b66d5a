import { writeFileSync } from "node:fs";
import {
	type ActionName,
	buildAction,
	pick,
	type Session,
	signIn,
} from "./actions.ts";
import { createClient } from "./client.ts";
import { openLedger } from "./ledger.ts";
import type { LoadOptions } from "./options.ts";
import { createTally, judge, type LoadReport } from "./tally.ts";

/** Requests are due on a fixed schedule, whatever the answers do; the clock is looked at this often. */
const tickMs = 10;
const newConnectionShare = 0.2;
/** So many unanswered requests mean that the system does not keep up: the next ones count as failed. */
const maxUnderWay = 1000;

/** Starts the load; `stop` lets what is under way finish and answers the final report. */
export async function runGenerator(options: LoadOptions): Promise<{
	setRate(ratePerSecond: number): void;
	stop(): Promise<LoadReport>;
}> {
	const client = createClient(options);
	const ledger = openLedger(options.ledgerFile);
	const sessions: Session[] = await Promise.all(
		options.accounts.map(async (account) => ({
			account,
			token: await signIn(client.send, options.apiHost, account),
			workflows: [],
		})),
	);

	// The schedule runs from here at this rate; another rate begins a schedule of its own.
	let schedule = {
		fromMs: performance.now(),
		sent: 0,
		ratePerSecond: options.ratePerSecond,
	};
	const tally = createTally(Date.now());
	const underWay = new Set<Promise<void>>();
	let sent = 0;
	let release = "legacy";

	/** `due` is the time of the schedule: a request that had to wait for its turn took longer, and says so. */
	const send = async (name: ActionName, session: Session, due: number) => {
		const action = buildAction(name, options, session, release);
		const newConnection = Math.random() < newConnectionShare;
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
			let answer = await client.send({ ...action.call, newConnection });
			if (
				answer.status === 401 &&
				action.call.headers?.authorization &&
				isExpired(session.token, Date.now())
			) {
				session.token = await signIn(
					client.send,
					options.apiHost,
					session.account,
				);
				answer = await client.send({
					...action.call,
					headers: {
						...action.call.headers,
						authorization: `Bearer ${session.token}`,
					},
				});
			}
			if (action.call.host === options.apiHost)
				release = answer.release ?? release;
			const observation = {
				...observed,
				expected:
					answer.release === "legacy"
						? [...action.expected, ...(action.expectedOfLegacy ?? [])]
						: action.expected,
				answer: answer.status,
				release: answer.release,
				retryAfter: answer.retryAfter,
				atMs: Date.now(),
				tookMs: performance.now() - due,
			};
			// Read before it is counted: an acknowledgement that makes no sense is a failure, and one request counts once.
			if (judge(observation).kind === "answered" && action.acknowledged)
				ledger.append(action.acknowledged(answer.body));
			const verdict = tally.add(observation);
			if (verdict.kind === "failed" && action.uncertain)
				ledger.append(action.uncertain());
		} catch (error) {
			if (action.uncertain) ledger.append(action.uncertain());
			tally.add({
				...observed,
				answer: error instanceof Error ? error : new Error(String(error)),
				release: undefined,
				retryAfter: false,
				atMs: Date.now(),
				tookMs: performance.now() - due,
			});
		}
	};

	const tick = setInterval(() => {
		const { fromMs, ratePerSecond } = schedule;
		const due =
			schedule.sent +
			Math.floor(((performance.now() - fromMs) / 1000) * ratePerSecond);
		for (; sent < due; sent++) {
			const session = sessions[sent % sessions.length];
			if (session === undefined) continue;
			const scheduled =
				fromMs + ((sent - schedule.sent) * 1000) / ratePerSecond;
			const work = send(pick(Math.random()), session, scheduled).finally(() =>
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
		setRate(ratePerSecond) {
			schedule = { fromMs: performance.now(), sent, ratePerSecond };
		},
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

/** Only a token that has run out is renewed: a valid one that is refused means lost sessions, and counts as failed. */
export function isExpired(token: string, nowMs: number): boolean {
	const payload = Buffer.from(token.split(".")[1] ?? "", "base64url");
	const { exp } = JSON.parse(payload.toString());
	return typeof exp === "number" && exp * 1000 <= nowMs;
}
