import { randomBytes, randomInt } from "node:crypto";

export const accountId = "000000000000";
export const region = "us-east-1";

/** `arn:aws:<service>:us-east-1:000000000000:<resource>` */
export const arn = (service: string, resource: string): string =>
	`arn:aws:${service}:${region}:${accountId}:${resource}`;

/** `vpc-0a1b...`: the prefix and seventeen hex digits, as EC2 names its things. */
export const randomId = (prefix: string): string =>
	`${prefix}-0${randomBytes(8).toString("hex")}`;

/** `AROA...`-like ids and suffixes. */
export function randomUpper(length: number): string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	return Array.from(
		{ length },
		() => alphabet[randomInt(alphabet.length)],
	).join("");
}

/** Six letters behind a secret's name in its ARN. */
export function randomMixed(length: number): string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	return Array.from(
		{ length },
		() => alphabet[randomInt(alphabet.length)],
	).join("");
}

/** A name not given: the logical name and seven random hex digits, as the provider makes it. */
export const autoName = (name: string): string =>
	`${name}-${randomBytes(4).toString("hex").slice(0, 7)}`;
