import { PolicyPack } from "@pulumi/policy";

new PolicyPack("tiny", {
	policies: [
		{
			name: "disallow-blue",
			description: "Nothing is blue.",
			enforcementLevel: "mandatory",
			validateResource: ({ name, props }, reportViolation) => {
				if (props.colour === "blue")
					reportViolation(`${name}: expected any colour but blue, got blue`);
			},
		},
	],
});
