// Plain JavaScript with declarations of its own (secretsSdk.d.mts), for the same reason as rdsSdk.mjs.
export {
	GetSecretValueCommand,
	PutSecretValueCommand,
	SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
