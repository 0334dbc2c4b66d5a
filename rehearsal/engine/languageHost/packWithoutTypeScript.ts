/**
 * Node's arguments that run a policy pack without ts-node.
 *
 * The SDK's runner of packs always loads ts-node, which costs a second and 100 MB, also for a pack that brings its own
 * loader and says `typescript: false`. Its inner `run` has a switch; this throws it.
 * @param runner file of `@pulumi/pulumi/cmd/run-policy-pack`
 */
export function withoutTypeScript(runner: string): string[] {
	const preload = `
		import { createRequire } from "node:module";
		const inner = createRequire(${JSON.stringify(runner)})("./run");
		const { run } = inner;
		inner.run = (options) => run({ ...options, typeScript: false });
	`;
	return [
		"--import",
		`data:text/javascript,${encodeURIComponent(preload)}`,
		runner,
	];
}
