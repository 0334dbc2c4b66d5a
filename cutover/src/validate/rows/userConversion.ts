import { RefusedError } from "../../errors.ts";
import { expectedEmail } from "./email.ts";
import type { Entity } from "./entity.ts";
import { type Column, createForm, type Form } from "./forms.ts";
import { quote } from "./json.ts";
import { createPreferences } from "./preferences.ts";
import type { RowRules } from "./rules.ts";
import { nullWire, textOf, type Wire, wireOf } from "./wire.ts";

/** Places among the converted values of a user. */
export const userPlace = {
	id: 0,
	uuid: 1,
	email: 2,
	passwordHash: 3,
	createdAt: 4,
	lastSignIn: 5,
	updatedAt: 6,
	identity: 7,
	username: 8,
	preferences: 9,
	repair: 10,
} as const;

/** How a row of the source's users becomes the values that the target's rows are made of. */
export function userConversion(
	source: ReadonlyMap<string, Column>,
	rules: RowRules,
	zone: (local: string) => string | undefined,
	uuidOf: (id: Wire) => Wire,
): Entity["convert"] {
	const { users } = rules.mapping;
	const form = (from: string, as: string, type: string): Form => {
		const column = source.get(from);
		if (column === undefined) {
			throw new RefusedError(
				`expected column ${from} in ${users.source}, found ${[...source.keys()].join(", ")}; check the mapping`,
			);
		}
		return createForm(as, column, { name: from, type, modifier: -1 }, zone);
	};
	const email = form(users.email, "varchar(255)", "varchar");
	const hash = form(users.passwordHash, "varchar(255)", "varchar");
	const created = form(users.createdAt, "time", "timestamptz");
	const signedIn = form(users.lastSignIn, "time", "timestamptz");
	const username =
		users.username === null
			? undefined
			: form(users.username, "varchar(255)", "varchar");
	const settingsPlace = username === undefined ? 5 : 6;
	const preferences = createPreferences(users.preferences);
	return (row) => {
		const id = row[0] ?? "";
		const given = {
			email: email(row[1] ?? ""),
			hash: hash(row[2] ?? ""),
			created: created(row[3] ?? ""),
			signedIn: signedIn(row[4] ?? ""),
			name: username === undefined ? nullWire : username(row[5] ?? ""),
		};
		const uuid = uuidOf(id);
		const address = expectedEmail(given.email ?? "");
		const lastSignIn = given.signedIn ?? nullWire;
		const isRepaired = given.created === nullWire;
		const createdAt = !isRepaired
			? (given.created ?? nullWire)
			: lastSignIn === nullWire
				? rules.startedAt
				: lastSignIn;
		const unfit = isFit(given) ? undefined : unfitColumn(given, users);
		return {
			values: [
				id,
				uuid,
				address,
				given.hash ?? nullWire,
				createdAt,
				lastSignIn,
				lastSignIn === nullWire ? createdAt : lastSignIn,
				identityData(uuid, address),
				given.name ?? nullWire,
				preferences(
					users.settings === null ? nullWire : (row[settingsPlace] ?? nullWire),
				),
				isRepaired ? "repaired" : "",
			],
			unfit: unfit && `${unfit} does not fit`,
		};
	};
}

interface Given {
	readonly email: Wire | undefined;
	readonly hash: Wire | undefined;
	readonly created: Wire | undefined;
	readonly signedIn: Wire | undefined;
	readonly name: Wire | undefined;
}

function isFit({ email, hash, created, signedIn, name }: Given): boolean {
	return (
		email !== undefined &&
		email !== nullWire &&
		hash !== undefined &&
		hash !== nullWire &&
		created !== undefined &&
		signedIn !== undefined &&
		name !== undefined
	);
}

/** The column that keeps a user from being on the target. */
function unfitColumn(
	given: Given,
	users: RowRules["mapping"]["users"],
): string {
	if (given.email === undefined || given.email === nullWire) return users.email;
	if (given.hash === undefined || given.hash === nullWire) {
		return users.passwordHash;
	}
	if (given.created === undefined) return users.createdAt;
	if (given.signedIn === undefined) return users.lastSignIn;
	return users.username ?? "";
}

function identityData(uuid: Wire, address: Wire): Wire {
	// Addresses that need no escaping, nearly all, go in as they are.
	const email = /["\\]/.test(address)
		? wireOf(quote(textOf(address)))
		: `"${address}"`;
	return `{"sub": "${uuid}", "email": ${email}, "email_verified": true}`;
}
