import assert from "node:assert/strict";
import {
	listeningSockets,
	PortInUseError,
} from "../../../rehearsal/legacy/ports.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:D430 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4242 1 0 100 0 0 10 0
   1: 0100007F:D430 0100007F:8000 01 00000000:00000000 00:00000000 00000000   101        0 4243 1 0 20 4 30 10 -1
   2: 0100007F:1F47 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1 0 100 0 0 10 0
`;

describe("a port in use", () => {
	it("is found among the listening sockets only", () => {
		assert.deepEqual(listeningSockets(table, 54320), ["4242"]);
		assert.deepEqual(listeningSockets(table, 8007), ["4244"]);
		assert.deepEqual(listeningSockets(table, 3000), []);
	});

	it("is reported with its holder and the option that moves it", () => {
		const error = new PortInUseError(
			54320,
			"databasePort",
			"postgres (process 7)",
		);
		assert.equal(
			error.message,
			"expected port 54320 on 127.0.0.1 to be free, but postgres (process 7) uses it; end that, or choose another port with databasePort",
		);
		assert.match(
			new PortInUseError(1, "apiPort", undefined).message,
			/but another program uses it/,
		);
	});
});
