/**
 * Hides passwords in text that people or logs will see: in URLs, in `password=` parameters, and in JSON.
 * Everything the command line prints passes through here.
 */
export function maskSecrets(text: string): string {
	return text
		.replace(
			/([a-z][a-z0-9+.-]*:\/\/)([^\s/?#@:]*):(?:[^\s/?#]*)@/gi,
			"$1$2:***@",
		)
		.replace(/([?&\s"']|^)(password|pgpassword)=([^\s&"']+)/gi, "$1$2=***")
		.replace(/("[a-z_]*password"\s*:\s*)"(?:[^"\\]|\\.)*"/gi, '$1"***"');
}
