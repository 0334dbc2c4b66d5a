import { randomBytes } from "node:crypto";
import { argon2Verify, bcrypt, bcryptVerify } from "hash-wasm";

/** bcrypt reads no further; a longer password would be cut silently. */
export const passwordLimitBytes = 72;

const bcryptShape = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;
const argon2Shape = /^\$argon2id\$/;

/** Whether the password belongs to the hash: bcrypt ($2a$, $2b$, $2y$) and argon2id; any other format never matches. */
export async function verifyPassword(
	password: string,
	hash: string,
): Promise<boolean> {
	if (password === "" || Buffer.byteLength(password) > passwordLimitBytes) {
		return false;
	}
	try {
		if (bcryptShape.test(hash)) return await bcryptVerify({ password, hash });
		if (argon2Shape.test(hash)) return await argon2Verify({ password, hash });
	} catch {
		return false;
	}
	return false;
}

/** A bcrypt hash of cost 10. */
export function hashPassword(password: string): Promise<string> {
	return bcrypt({
		password,
		salt: randomBytes(16),
		costFactor: 10,
		outputType: "encoded",
	});
}
