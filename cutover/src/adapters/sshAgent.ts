import { type KeyObject, verify } from "node:crypto";
import { createConnection } from "node:net";
import { publicKeyOfBytes } from "@trusted-login/golive";
import { RefusedError, reasonOf, UsageError } from "../errors.ts";
import type { Signer } from "../evidence/signer.ts";

// The agent's protocol (draft-miller-ssh-agent): a length, a type, then strings with a length each. Two requests of it are
// needed, and a library for all of it brings native code and install scripts next to the keys.
const askForKeys = 11;
const keysAnswer = 12;
const askToSign = 13;
const signAnswer = 14;
const algorithm = "ssh-ed25519";
/** OpenSSH's agent takes no more, and answers with no more. */
const largestMessage = 256 * 1024;
/** Long enough for a person who is asked to confirm. */
const defaultPatienceMs = 60_000;

/** A key as an agent lists it. */
interface AgentKey {
	readonly blob: Buffer;
	readonly comment: string;
	readonly key: KeyObject;
	readonly keyId: string;
	readonly publicKey: string;
}

/**
 * Finds an ed25519 key in the agent by its comment, or by its id or the beginning of it (eight digits or more).
 * @param socket path of the agent's socket, from SSH_AUTH_SOCK.
 * @throws UsageError without an agent, RefusedError when it does not answer or holds no such key, or several.
 */
export async function findAgentKey(
	socket: string | undefined,
	wanted: string,
	patienceMs: number = defaultPatienceMs,
): Promise<Signer> {
	if (!socket) {
		throw new UsageError(
			"expected a key agent at SSH_AUTH_SOCK to sign with --signing-agent-key, got none; start ssh-agent and add the key with ssh-add",
		);
	}
	const ask = (message: Buffer) => askAgent(socket, message, patienceMs);
	const keys = parseKeys(await ask(Buffer.of(askForKeys)));
	const found = keys.filter(
		({ comment, keyId }) =>
			comment === wanted || (wanted.length >= 8 && keyId.startsWith(wanted)),
	);
	const [key] = found;
	if (key === undefined || found.length > 1) {
		const list = keys
			.map(({ comment, keyId }) => `${keyId.slice(0, 12)} (${comment})`)
			.join(", ");
		throw new RefusedError(
			`expected one ed25519 key named ${wanted} in the agent, got ${found.length}; it holds: ${list || "none"}; ssh-keygen -t ed25519 makes one, ssh-add adds it`,
		);
	}
	const { keyId, publicKey, blob } = key;
	return {
		keyId,
		publicKey,
		async sign(bytes) {
			const answer = await ask(
				Buffer.concat([
					Buffer.of(askToSign),
					string(blob),
					string(bytes),
					Buffer.alloc(4),
				]),
			);
			const signature = parseSignature(answer, key);
			if (!verify(null, bytes, key.key, signature)) {
				throw new RefusedError(
					`the agent's signature does not fit its key ${keyId.slice(0, 12)}`,
				);
			}
			return signature;
		},
	};
}

function parseKeys(answer: Buffer): readonly AgentKey[] {
	const read = reader(answer);
	if (read.byte() !== keysAnswer) {
		throw new RefusedError("the agent does not list its keys; is it locked?");
	}
	const count = read.number();
	const keys: AgentKey[] = [];
	for (let index = 0; index < count; index++) {
		const blob = read.string();
		const comment = read.string().toString("utf8");
		const parts = reader(blob);
		if (parts.string().toString() !== algorithm) continue;
		keys.push({ blob, comment, ...publicKeyOfBytes(parts.string()) });
	}
	return keys;
}

function parseSignature(answer: Buffer, { comment }: AgentKey): Buffer {
	const read = reader(answer);
	if (read.byte() !== signAnswer) {
		throw new RefusedError(
			`the agent does not sign with the key "${comment}": it was not confirmed, or has been removed`,
		);
	}
	const parts = reader(read.string());
	const kind = parts.string().toString();
	const signature = parts.string();
	if (kind !== algorithm || signature.length !== 64) {
		throw new RefusedError(`expected a signature of ${algorithm}, got ${kind}`);
	}
	return signature;
}

/** One request and its answer, without the length. */
async function askAgent(
	socket: string,
	message: Buffer,
	patienceMs: number,
): Promise<Buffer> {
	if (message.length > largestMessage) {
		throw new RefusedError(
			`expected at most ${largestMessage} bytes to sign with an agent, got ${message.length}; sign with a key file`,
		);
	}
	return await new Promise<Buffer>((resolve, reject) => {
		const connection = createConnection(socket);
		const fail = (cause: unknown) => {
			connection.destroy();
			reject(
				new RefusedError(
					`the key agent at ${socket} does not answer: ${reasonOf(cause)}; check SSH_AUTH_SOCK`,
					{ cause },
				),
			);
		};
		let got = Buffer.alloc(0);
		connection.setTimeout(patienceMs, () =>
			fail(new Error(`nothing came for ${patienceMs / 1000} s`)),
		);
		connection.once("error", fail);
		connection.once("close", () => fail(new Error("it hung up")));
		connection.on("data", (chunk: Buffer) => {
			got = Buffer.concat([got, chunk]);
			if (got.length < 4) return;
			const length = got.readUInt32BE(0);
			if (length > largestMessage) {
				fail(new Error(`an answer of ${length} bytes`));
			} else if (got.length >= 4 + length) {
				connection.destroy();
				resolve(got.subarray(4, 4 + length));
			}
		});
		connection.write(string(message));
	});
}

/** Bytes with their length in front. */
function string(bytes: Uint8Array): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(bytes.length);
	return Buffer.concat([length, bytes]);
}

/** Reads one field after the other. @throws RefusedError where the bytes end too early. */
function reader(bytes: Buffer) {
	let at = 0;
	const take = (length: number): Buffer => {
		if (at + length > bytes.length) {
			throw new RefusedError("the key agent's answer ends too early");
		}
		at += length;
		return bytes.subarray(at - length, at);
	};
	const number = () => take(4).readUInt32BE(0);
	return {
		byte: () => take(1).readUInt8(0),
		number,
		string: () => take(number()),
	};
}
