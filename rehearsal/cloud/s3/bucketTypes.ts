export const bucketType = "aws:s3/bucket:Bucket";
