const names = ["frontend", "backend", "cutover"];
const digestForm = /^sha256:[0-9a-f]{64}$/;

/**
 * The images that may be promoted: exactly those that staging runs, and exactly those that the stack file of prod names.
 * @param proven what staging reached: name to digest.
 * @param wanted what prod's stack file says.
 * @throws Error naming every image that is missing, no digest, or another one.
 */
export function provenImages(proven, wanted) {
	const problems = names.flatMap((name) => {
		const [from, to] = [proven?.[name], wanted?.[name]];
		if (!digestForm.test(from ?? "")) {
			return [
				`${name}: expected staging to run it by digest, got ${from ?? "none"}`,
			];
		}
		if (from !== to) {
			return [
				`${name}: expected ${from}, which staging proved, got ${to ?? "none"}; correct trusted-login:images in the stack file`,
			];
		}
		return [];
	});
	if (problems.length > 0) throw new Error(problems.join("\n"));
	return names.map((name) => ({ name, digest: proven[name] }));
}

/** Commands that carry an image from one registry to another without changing a byte of its manifest, as argv. */
export function promotionCommands({ name, digest }, { from, to, release }) {
	const repository = `trusted-login-${name}`;
	return {
		copy: [
			"docker",
			"buildx",
			"imagetools",
			"create",
			"--prefer-index=false",
			"--tag",
			`${to}/${repository}:${release}`,
			`${from}/${repository}@${digest}`,
		],
		look: [
			"docker",
			"buildx",
			"imagetools",
			"inspect",
			`${to}/${repository}@${digest}`,
		],
	};
}
