/** What the previews of one stack left; undefined: it left nothing. */
export interface Review {
	readonly stack: string;
	readonly preview: string | undefined;
	/** One line of JSON, as `cutover decide --json` prints it. */
	readonly decision: string | undefined;
}
export const marker: string;
export function buildComment(
	reviews: readonly Review[],
	commit: string,
): string;
export function parseDecision(text: string): {
	readonly headline: string;
	readonly blockers: readonly string[];
	readonly window: string | undefined;
};
