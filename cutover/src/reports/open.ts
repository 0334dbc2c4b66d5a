import { RefusedError, ReportPlaceError } from "../errors.ts";
import { bucketPlace } from "./bucket.ts";
import { folderPlace } from "./folder.ts";
import type { ListedFile, ReportPlace } from "./place.ts";

/** Opens a folder or `s3://bucket/prefix`; nothing is read or written yet. */
export async function openPlace(address: string): Promise<ReportPlace> {
	return address.startsWith("s3://")
		? await bucketPlace(address)
		: folderPlace(address);
}

/** Opens a place for the time of some work. */
export async function withPlace<T>(
	address: string,
	use: (place: ReportPlace) => Promise<T>,
): Promise<T> {
	const place = await openPlace(address);
	try {
		return await use(place);
	} finally {
		place.close();
	}
}

/** Every file below a place whose name begins with the prefix, by name. @throws ReportPlaceError */
export async function listFiles(
	address: string,
	prefix = "",
): Promise<readonly ListedFile[]> {
	return await withPlace(address, (place) => place.list(prefix));
}

/** The bytes of a file below a place, or undefined when there is none. @throws ReportPlaceError also when it is bigger */
export async function readFile(
	address: string,
	name: string,
	limitBytes: number,
): Promise<Buffer | undefined> {
	return await withPlace(address, (place) => place.read(name, limitBytes));
}

/**
 * Tries whether reports can be kept, before work that takes long.
 *
 * @throws RefusedError
 */
export async function requireWritable(address: string): Promise<void> {
	const probe = ".cutover-writable";
	try {
		await withPlace(address, async (place) => {
			await place.write(probe, "");
			await place.remove(probe);
		});
	} catch (error) {
		if (!(error instanceof ReportPlaceError)) throw error;
		throw new RefusedError(error.message, { cause: error });
	}
}
