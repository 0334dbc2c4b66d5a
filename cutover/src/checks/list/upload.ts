import { createHash, randomBytes } from "node:crypto";
import { at, jsonOf, said } from "../api.ts";
import { type CheckSpec, failed, passed } from "../check.ts";
import { byHand, removeThing } from "../removal.ts";
import { callAs, tokenOf } from "../world.ts";

/** An uploaded file reads back byte by byte. */
export const upload: CheckSpec = {
	name: "upload",
	group: "Functionality",
	expected: "taken with the wanted status, and the same bytes read back",
	async run(world) {
		const { own, plan } = world;
		const path = own.api + plan.routes.upload;
		const token = tokenOf(world, "user");
		const bytes = randomBytes(plan.upload.bytes);
		const expected = `${plan.upload.status}, and the same ${bytes.length} bytes read back`;
		// Without the run's signal: who stops it now still wants to know which file is to be removed.
		const sent = await world.made.making(
			world.api.call({
				method: "POST",
				path,
				token,
				content: formOf(`cutover-check-${world.mark}.bin`, bytes),
			}),
		);
		const id = at(jsonOf(sent), "id");
		if (typeof id === "number" || typeof id === "string") {
			const file = {
				id: String(id),
				path: `${own.api}${plan.routes.files}/${id}`,
			};
			world.file = file;
			world.made.add({
				what: `file ${id}`,
				byHand: `${byHand(world, "file", file.id)}, and remove its bytes from the uploads`,
				remove: () => removeThing(world, "file", file),
			});
		}
		if (sent.status !== plan.upload.status)
			return { ...failed(said(sent)), expected };
		if (world.file === undefined)
			return { ...failed(`${sent.status} without an id`), expected };
		const read = await callAs(world, "user", {
			path: world.file.path,
			accept: "*/*",
			bodyBytes: bytes.length + 1_000,
		});
		if (read.status !== 200)
			return { ...failed(`reading it back: ${said(read)}`), expected };
		const back = read.bytes ?? Buffer.alloc(0);
		if (sha256(back) !== sha256(bytes))
			return {
				...failed(
					back.length === bytes.length
						? "other bytes of the same length read back"
						: `${bytes.length} bytes were sent, ${back.length} read back`,
				),
				expected,
			};
		return {
			...passed(`${sent.status}, and the same bytes read back`),
			expected,
		};
	},
};

function sha256(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}

/** A form with one file in the field `file`. */
function formOf(filename: string, bytes: Uint8Array) {
	const boundary = `cutover-${randomBytes(12).toString("hex")}`;
	return {
		type: `multipart/form-data; boundary=${boundary}`,
		bytes: Buffer.concat([
			Buffer.from(
				`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
			),
			bytes,
			Buffer.from(`\r\n--${boundary}--\r\n`),
		]),
	};
}
