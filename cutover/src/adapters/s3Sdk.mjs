// Plain JavaScript with declarations of its own (s3Sdk.d.mts), for the same reason as rdsSdk.mjs.
export {
	GetObjectCommand,
	HeadObjectCommand,
	ListObjectsV2Command,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
