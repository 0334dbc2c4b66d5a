import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** A cache to be asked whether it is there. */
export interface RedisAddress {
	/** redis://host:port or rediss://host:port. */
	readonly url: string;
	readonly password?: string | undefined;
	readonly timeoutMs: number;
}

/** Sends PING, after AUTH where there is a password; answers what came back: `+PONG`. @throws what the connection says */
export async function pingRedis(address: RedisAddress): Promise<string> {
	const url = new URL(address.url);
	const host = url.hostname;
	const port = Number(url.port || 6379);
	const socket: Socket =
		url.protocol === "rediss:"
			? connectTls({ host, port, servername: host })
			: connectPlain({ host, port });
	const commands = [
		...(address.password === undefined ? [] : [["AUTH", address.password]]),
		["PING"],
	];
	return await new Promise<string>((resolve, reject) => {
		let text = "";
		const end = (error: Error | undefined) => {
			socket.destroy();
			const lines = text.split("\r\n");
			const refusal = lines.find((line) => line.startsWith("-"));
			if (refusal !== undefined) resolve(refusal.slice(1));
			else if (error !== undefined) reject(error);
			else resolve(lines.at(-2) ?? text);
		};
		socket.setTimeout(address.timeoutMs, () =>
			end(new Error(`no answer within ${address.timeoutMs / 1000} s`)),
		);
		socket.on("error", end);
		socket.on("close", () => end(new Error("the connection was closed")));
		socket.on("data", (chunk: Buffer) => {
			text += chunk.toString("latin1");
			if (text.startsWith("-") && text.endsWith("\r\n")) end(undefined);
			if (text.split("\r\n").length > commands.length) end(undefined);
		});
		socket.write(commands.map(encode).join(""));
	});
}

/** A command as the protocol wants it: count, then length and bytes of each word. */
function encode(words: readonly string[]): string {
	return `*${words.length}\r\n${words
		.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
		.join("")}`;
}
