import assert from "node:assert/strict";
import {
	isLocal,
	readAppSettings,
} from "../../../cutover/src/inventory/appSettings.ts";

describe("reading the application's settings", () => {
	const table: readonly (readonly [
		title: string,
		text: string,
		expected: readonly string[],
	])[] = [
		[
			"keeps scheme, host and port of an address, and nothing else of it",
			"DATABASE_URL=postgresql://ada:s3cret@db.internal:5432/app?sslmode=require#x",
			["DATABASE_URL database postgresql://db.internal:5432"],
		],
		[
			"knows caches, queues, mail and services by their scheme",
			"A=redis://c:6379/0\nB=amqps://q\nC=smtp://m:587\nD=https://hooks.example.com/services/T0/token",
			[
				"A cache redis://c:6379",
				"B message queue amqps://q",
				"C mail smtp://m:587",
				"D service https://hooks.example.com",
			],
		],
		[
			"knows the driver behind a plus",
			"DB=postgresql+asyncpg://u:p@db/app",
			["DB database postgresql+asyncpg://db"],
		],
		[
			"joins hosts with their ports",
			"SMTP_HOST=mail.internal\nSMTP_PORT=25\nSMTP_PASSWORD=s3cret",
			["SMTP_HOST mail mail.internal:25"],
		],
		[
			"takes no other value",
			"SECRET=abc\nPORT=8000\nHOST=0.0.0.0\nAPI_HOST=0.0.0.0",
			[],
		],
		[
			"reads export, quotes, comments, blanks and Windows lines",
			"# A=http://no\r\n export A = 'http://a/x' # why\r\nB=\"http://b\"\r\nC=http://c # note\r\nnonsense\r\n=http://d\r\nE=",
			["A service http://a", "B service http://b", "C service http://c"],
		],
		[
			"reads a list of addresses",
			"ORIGINS=https://a.example.com, https://b.example.com",
			[
				"ORIGINS service https://a.example.com",
				"ORIGINS service https://b.example.com",
			],
		],
		[
			"reads several hosts of one database",
			"DB=postgresql://u:p@a:5432,b:5433/app",
			["DB database postgresql://a:5432,b:5433"],
		],
		[
			"reads an IPv6 host",
			"C=redis://[::1]:6379",
			["C cache redis://[::1]:6379"],
		],
		["reads a socket", "DB=postgresql:///app", ["DB database postgresql://"]],
		[
			"never takes a part of a password for a host, however badly it is encoded",
			"A=redis://:s3/cret@cache:6379\nB=redis://u:s3?cret@cache\nC=redis://u:12/34@cache\nD=redis://u:s3,cret@cache\nE=redis://u:s3@cret@cache\nF=redis://u:s3#cret@cache",
			[
				"A cache redis://?",
				"B cache redis://?",
				"C cache redis://?",
				"D cache redis://cache",
				"E cache redis://cache",
				"F cache redis://?",
			],
		],
	];
	for (const [title, text, expected] of table) {
		it(title, () =>
			assert.deepEqual(
				readAppSettings(text).map(
					({ setting, kind, address }) => `${setting} ${kind} ${address}`,
				),
				expected,
			),
		);
	}

	for (const [address, expected] of [
		["redis://localhost:6379", true],
		["127.0.0.2", true],
		["http://[::1]:80", true],
		["host.docker.internal:80", true],
		["http://localhost.example.com", false],
		["redis://10.0.0.1:6379", false],
		["redis://?", false],
	] as const) {
		it(`takes ${address} for ${expected ? "this machine" : "another"}`, () =>
			assert.equal(isLocal(address), expected));
	}
});
