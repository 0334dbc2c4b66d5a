// Plain JavaScript with declarations of its own (bucketSdk.d.mts): the SDK's types are a compiler's whole memory, and two
// commands of it are used.
export {
	GetObjectCommand,
	ListObjectsV2Command,
	S3Client,
} from "@aws-sdk/client-s3";
