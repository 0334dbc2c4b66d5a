import { PolicyPack } from "@pulumi/policy";
import { resourceRules } from "./src/rules.ts";

new PolicyPack("trusted-login", { policies: resourceRules() });
