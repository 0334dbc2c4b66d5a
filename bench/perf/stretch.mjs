// Loaded into a server before its own code (node --import): makes every answer take STRETCH_FACTOR times as long as it
// would. It measures how long the server worked on a request and works on for the share of it, plus what was found to be
// missing to the whole as the client sees it: `GET /-/missing?path=...&ms=...`, negative where holding back costs more
// than it says.
import { Server, ServerResponse } from "node:http";

const factor = Number(process.env.STRETCH_FACTOR ?? "1");
const missingMs = new Map();
const began = new WeakMap();
const nobody = new Int32Array(new SharedArrayBuffer(4));
const { end } = ServerResponse.prototype;
const { emit } = Server.prototype;

Server.prototype.emit = function (event, ...rest) {
	const [request, response] = rest;
	if (event !== "request") return Reflect.apply(emit, this, [event, ...rest]);
	const { pathname, searchParams } = new URL(request.url, "http://localhost");
	if (pathname === "/-/missing") {
		missingMs.set(searchParams.get("path"), Number(searchParams.get("ms")));
		Reflect.apply(end, response, []);
		return true;
	}
	began.set(response, { pathname, at: performance.now() });
	return Reflect.apply(emit, this, [event, ...rest]);
};

ServerResponse.prototype.end = function (...args) {
	const request = began.get(this);
	if (request !== undefined && factor > 1) {
		began.delete(this);
		const worked = performance.now() - request.at;
		const missing = missingMs.get(request.pathname) ?? 0;
		workUntil(request.at + worked * factor + missing);
	}
	return Reflect.apply(end, this, args);
};

// As slower code would: whoever sleeps waits for the processor too when he wakes. Only long waits are slept first.
function workUntil(due) {
	const left = due - performance.now();
	if (left > 5) Atomics.wait(nobody, 0, 0, left - 2);
	while (performance.now() < due);
}
