// Plain JavaScript with declarations of its own (evidenceSdk.d.mts), for the same reason as rdsSdk.mjs.
export { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
