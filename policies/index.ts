import { PolicyPack } from "@pulumi/policy";
import { listenForStack } from "./src/configuredStack.ts";
import { resourceRules, stackRules } from "./src/rules.ts";

listenForStack();
new PolicyPack("trusted-login", {
	policies: [...resourceRules(), ...stackRules()],
});
