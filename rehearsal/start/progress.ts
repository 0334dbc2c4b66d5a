/** What a person watches while the laptop works: one line per step, a moving line while a step runs. */
export interface Progress {
	/** Runs a step and says how it ended and how long it took. */
	step<T>(
		title: string,
		work: (note: (text: string) => void) => Promise<StepResult<T>>,
	): Promise<T>;
	/** A line of its own. */
	say(text: string): void;
}

export interface StepResult<T> {
	readonly value: T;
	/** What was done, in a few words; or `undone: true` with why nothing needed doing. */
	readonly detail?: string;
	readonly undone?: boolean;
}

/** Without a terminal a running step speaks up only this often, in milliseconds. */
const heartbeatMs = 10_000;

export function createProgress(stream: NodeJS.WriteStream): Progress {
	const say = (text: string) => stream.write(`${text}\n`);
	return {
		say,
		async step(title, work) {
			const started = performance.now();
			const elapsed = () =>
				`${((performance.now() - started) / 1000).toFixed(1)} s`;
			let latest = "";
			const moving = stream.isTTY === true;
			const beat = setInterval(
				() => {
					const line = `  … ${title}  ${elapsed()}  ${latest}`;
					stream.write(
						moving
							? `\r\x1b[K${line.slice(0, stream.columns - 1)}`
							: `${line}\n`,
					);
				},
				moving ? 250 : heartbeatMs,
			);
			const end = (line: string) => {
				clearInterval(beat);
				stream.write(`${moving ? "\r\x1b[K" : ""}${line}\n`);
			};
			try {
				const { value, detail, undone } = await work((text) => {
					latest = text;
				});
				end(
					`${undone ? "  =" : "  ✔"} ${title}  ${elapsed()}${detail ? `  ${detail}` : ""}`,
				);
				return value;
			} catch (error) {
				end(`  ✘ ${title}  ${elapsed()}`);
				throw error;
			}
		},
	};
}
