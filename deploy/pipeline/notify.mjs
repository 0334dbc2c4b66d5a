// node deploy/pipeline/notify.mjs TITLE: tells the chat channel how a run ended, whatever the outcome.
// NEEDS is the workflow's `toJSON(needs)`, SLACK_WEBHOOK_URL the channel's incoming webhook.
import { buildNotice } from "./notice.mjs";

const { env } = process;
const [title = "Deployment"] = process.argv.slice(2);

try {
	if (!env.SLACK_WEBHOOK_URL) {
		throw new Error(
			"nobody was notified: expected SLACK_WEBHOOK_URL, got none; set it as a secret of the environment",
		);
	}
	const notice = buildNotice(title, JSON.parse(env.NEEDS ?? "{}"), {
		channel: env.SLACK_CHANNEL ?? "#deployments",
		commit: env.GITHUB_SHA ?? "unknown",
		run: `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`,
	});
	const answer = await fetch(env.SLACK_WEBHOOK_URL, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(notice),
		signal: AbortSignal.timeout(30_000),
	});
	// The address is a secret: an error names the answer only.
	if (!answer.ok) {
		throw new Error(
			`nobody was notified: expected the webhook to answer 200, got ${answer.status}`,
		);
	}
} catch (error) {
	console.error(error instanceof Error ? error.message : String(error));
	process.exitCode = 1;
}
