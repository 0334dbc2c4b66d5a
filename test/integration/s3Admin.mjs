// Plain JavaScript with declarations of its own: the client's types are too big for the type check.
export {
	CreateBucketCommand,
	PutBucketPolicyCommand,
	S3Client,
} from "@aws-sdk/client-s3";
