// Plain JavaScript with declarations of its own (evidenceSdk.d.mts), for the same reason as rdsSdk.mjs.
export {
	GetObjectCommand,
	ListObjectsV2Command,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
