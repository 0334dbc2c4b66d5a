import { PolicyPack } from "@pulumi/policy";
import { listenForStack } from "./src/configuredStack.ts";
import { gateRules, resourceRules, stackRules } from "./src/rules.ts";

listenForStack();
new PolicyPack("trusted-login", {
	policies: [...gateRules(), ...resourceRules(), ...stackRules()],
});
