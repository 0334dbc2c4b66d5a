import { maskSecrets } from "./masking.ts";

/** Where a verb tells people what happens. Results do not go here. */
export interface Talk {
	/** One line for a person. */
	say(line: string): void;
	/** A line that replaces the one before on a terminal, and appears now and then elsewhere. */
	progress(line: string): void;
	/** Ends the progress line, so that the next text starts on a line of its own. */
	endProgress(): void;
}

/** The part of a stream that is used, so that tests can give their own. */
export interface Out {
	write(text: string): unknown;
	readonly isTTY?: boolean | undefined;
}

/** Seconds between two progress lines where nobody sees them replaced. */
const plainIntervalMs = 3_000;

/** Talks on a stream; a terminal gets one moving line, anything else a plain line every few seconds. */
export function createTalk(out: Out, now: () => number = Date.now): Talk {
	let moving = false;
	let lastPlainAt = now();
	const endProgress = () => {
		if (moving) out.write("\n");
		moving = false;
	};
	return {
		say(line) {
			endProgress();
			out.write(`${maskSecrets(line)}\n`);
		},
		progress(line) {
			if (out.isTTY === true) {
				out.write(`\r\u001b[K${maskSecrets(line)}`);
				moving = true;
				return;
			}
			if (now() - lastPlainAt < plainIntervalMs) return;
			lastPlainAt = now();
			out.write(`${maskSecrets(line)}\n`);
		},
		endProgress,
	};
}

/** A talk that keeps silent, for work done inside other work. */
export const silentTalk: Talk = {
	say: () => undefined,
	progress: () => undefined,
	endProgress: () => undefined,
};
