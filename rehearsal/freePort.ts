import { createServer } from "node:net";

// Below what kernels hand out by themselves (Linux from 32,768, others from 49,152): neither a connection nor a server that
// asks for any port takes one of these between this answer and its use.
const first = 20_000;
const count = 10_000;

const givenOut = new Set<number>();

/** A port of the loopback that nobody listens on; this process does not get it again before thousands of others. @throws Error when none is left */
export async function freePort(): Promise<number> {
	let port = first + Math.floor(Math.random() * count);
	for (let tries = 0; tries < count; tries += 1) {
		if (!givenOut.has(port)) {
			remember(port);
			if (await isFree(port)) return port;
		}
		port = first + ((port + 1 - first) % count);
	}
	throw new Error(
		`no free port on 127.0.0.1 between ${first} and ${first + count - 1}`,
	);
}

function remember(port: number): void {
	givenOut.add(port);
	const [oldest] = givenOut;
	if (givenOut.size > count / 2 && oldest !== undefined) {
		givenOut.delete(oldest);
	}
}

function isFree(port: number): Promise<boolean> {
	const server = createServer();
	return new Promise((resolve) => {
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});
}
