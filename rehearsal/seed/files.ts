import { randomOf } from "./random.ts";
import { timeText } from "./users.ts";

/** A row of uploaded_files with its bytes. */
export interface LegacyFile {
	readonly id: number;
	readonly userId: number;
	readonly filename: string;
	readonly storedPath: string;
	readonly contentType: string;
	readonly sizeBytes: number;
	readonly createdAt: string;
	/** What lies on disk; undefined where the row says so but nothing does. */
	readonly bytes: Buffer | undefined;
	readonly fate: "migrated" | "quarantined";
}

/** Files of a seeded system, unless it has fewer users. */
export const usualFiles = 200;

const kinds = [
	{ ending: "txt", contentType: "text/plain" },
	{ ending: "csv", contentType: "text/csv" },
	{ ending: "png", contentType: "image/png" },
	{ ending: "pdf", contentType: "application/pdf" },
] as const;

// A prime, so that owners are spread over all users and all their defects.
const ownerStride = 997;

// One of each: bytes that are gone, bytes that are fewer than the row says, a path that leaves the folder.
const missingFile = 60;
const shortFile = 61;
const strayFile = 62;

/** The uploaded files, their owners spread over all users. */
export function* filesOf(seed: number, users: number): Generator<LegacyFile> {
	const count = Math.min(usualFiles, users);
	for (let id = 1; id <= count; id++) {
		const random = randomOf(seed, "file", id);
		const kind = random.pick(kinds);
		const created =
			Date.UTC(2023, 0, 1) + random.below(3 * 365 * 86_400) * 1000;
		const time = timeText(created);
		const line = random.text(59, "abcdefghijklmnopqrstuvwxyz ");
		const bytes = Buffer.from(`${line}\n`.repeat(1 + random.below(200)));
		const filename = `Bericht ${id} für Zoë.${kind.ending}`;
		yield {
			id,
			userId: 1 + (((id - 1) * ownerStride) % users),
			filename,
			storedPath:
				id === strayFile
					? `../stray-${id}.${kind.ending}`
					: `${time.slice(0, 4)}/${time.slice(5, 7)}/${id}.${kind.ending}`,
			contentType: kind.contentType,
			sizeBytes: id === shortFile ? bytes.length + 1 : bytes.length,
			createdAt: time,
			bytes: id === missingFile || id === strayFile ? undefined : bytes,
			fate:
				id === missingFile || id === shortFile || id === strayFile
					? "quarantined"
					: "migrated",
		};
	}
}
