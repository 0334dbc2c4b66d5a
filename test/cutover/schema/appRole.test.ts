import assert from "node:assert/strict";
import { scramVerifier } from "../../../cutover/src/schema/appRole.ts";

describe("scramVerifier", () => {
	it("is what PostgreSQL stores, and does not hold the password", () => {
		// Made by PostgreSQL itself: the example of RFC 7677.
		assert.equal(
			scramVerifier(
				"pencil",
				Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"),
			),
			"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		);
	});
});
