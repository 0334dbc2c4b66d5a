import { PolicyPack } from "@pulumi/policy";
import { resourceRules, stackRules } from "./src/rules.ts";

new PolicyPack("trusted-login", {
	policies: [...resourceRules(), ...stackRules()],
});
