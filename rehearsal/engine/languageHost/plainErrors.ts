/**
 * Node's arguments that make `util.inspect` print errors without colours.
 *
 * The SDK prints a program's exception in colours, and its source maps lead to paths such as `node_modules/@pulumi/resource.ts`,
 * on which the colouring of Node 20.20 and its contemporaries loops until memory is gone (nodejs/node#64011): a program that throws
 * would take more than a minute to say so.
 */
export const plainErrors: readonly string[] = [
	"--import",
	`data:text/javascript,${encodeURIComponent(`
		import util from "node:util";
		const { inspect } = util;
		const plain = (value, options, ...rest) =>
			value instanceof Error && options?.colors
				? inspect(value, { ...options, colors: false })
				: inspect(value, options, ...rest);
		util.inspect = Object.defineProperties(plain, Object.getOwnPropertyDescriptors(inspect));
	`)}`,
];
