/** One call of the AWS JSON protocol with the laptop cloud's access key. Throws the service's error. */
export async function awsApi(
	endpoint: { port: number; accessKeyId: string },
	target: string,
	input: Record<string, unknown>,
): Promise<Record<string, unknown>> {
	const response = await fetch(`http://127.0.0.1:${endpoint.port}/`, {
		method: "POST",
		headers: {
			"content-type": "application/x-amz-json-1.1",
			"x-amz-target": target,
			authorization: `AWS4-HMAC-SHA256 Credential=${endpoint.accessKeyId}/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0`,
		},
		body: JSON.stringify(input),
	});
	const body = (await response.json()) as Record<string, unknown>;
	if (!response.ok) throw new Error(`${body.__type}: ${body.message}`);
	return body;
}
