import { PolicyPack } from "@pulumi/policy";
import { disallowPublicDatabase } from "./src/disallowPublicDatabase.ts";
import { requireEncryptedDatabase } from "./src/requireEncryptedDatabase.ts";

new PolicyPack("trusted-login", {
	policies: [requireEncryptedDatabase(), disallowPublicDatabase()],
});
