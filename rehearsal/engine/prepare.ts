import { laptopEnvironment } from "./environment.ts";
import { ensurePostgres } from "./installPostgres.ts";

/** Brings what `npm start` and `npm test` need onto this machine; silent and fast when it is there. */
export async function prepareLaptop(
	onProgress: (line: string) => void,
): Promise<void> {
	await ensurePostgres(onProgress);
	await laptopEnvironment(onProgress);
}
