import { knownAccounts } from "./accounts.ts";
import { defectOf } from "./defects.ts";
import { type Random, randomOf } from "./random.ts";

/** A row of legacy_users. Times are texts as PostgreSQL reads them, in UTC. */
export interface LegacyUser {
	readonly id: number;
	readonly username: string;
	readonly email: string | null;
	readonly passwordHash: string | null;
	readonly createdAt: string | null;
	readonly lastLogin: string | null;
	readonly settings: string | null;
}

/** The legacy user of an id: the same for the same seed, whatever else is made. */
export function legacyUser(seed: number, id: number): LegacyUser {
	const user = soundUser(seed, id);
	const defect = defectOf(id);
	if (!defect) return user;
	return { ...user, ...defect.spoil(user, () => legacyUser(seed, id - 1)) };
}

const given = [
	"ada",
	"bruno",
	"chiara",
	"dmitri",
	"elif",
	"femi",
	"grace",
	"hiro",
	"ines",
	"joão",
	"kemal",
	"lena",
	"mateo",
	"noor",
	"olu",
	"priya",
] as const;
const family = [
	"almeida",
	"becker",
	"costa",
	"dubois",
	"eriksen",
	"fischer",
	"garcía",
	"haddad",
	"ito",
	"jansen",
	"kowalski",
	"lindqvist",
	"moreau",
	"novák",
	"okafor",
	"patel",
] as const;
const hosts = ["example.com", "example.org", "mail.example.net"] as const;
const languages = ["en", "en", "en", "de", "es", "fr", "ja"] as const;
const bcryptKinds = ["$2b$", "$2b$", "$2a$", "$2y$"] as const;

const bcryptAlphabet =
	"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const base64Alphabet =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const firstDay = Date.UTC(2019, 0, 1);
const lastDay = Date.UTC(2026, 9, 31);
const argonShare = 0.1;
const neverSignedInShare = 0.15;

function soundUser(seed: number, id: number): LegacyUser {
	const random = randomOf(seed, "user", id);
	const created = firstDay + random.next() * (lastDay - firstDay);
	const signedIn = created + random.next() * (lastDay - created);
	const times = {
		createdAt: timeText(created),
		lastLogin: random.next() < neverSignedInShare ? null : timeText(signedIn),
	};
	const settings = JSON.stringify({
		ui_theme: random.pick(["light", "dark"]),
		email_notifications: random.next() < 0.7,
		lang: random.pick(languages),
		...(random.next() < 0.3 ? { items_per_page: 10 + random.below(90) } : {}),
	});
	const known = knownAccounts[id - 1];
	if (known) {
		const { username, email, passwordHash } = known;
		return { id, username, email, passwordHash, settings, ...times };
	}
	const name = `${random.pick(given)}.${random.pick(family)}.${id}`;
	return {
		id,
		username: name,
		email: `${ascii(name)}@${random.pick(hosts)}`,
		passwordHash: hashOf(random),
		settings,
		...times,
	};
}

/** A time as PostgreSQL's `timestamp` writes it, whole seconds, UTC. */
export function timeText(milliseconds: number): string {
	return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}

// Of the right shape but nobody's: hashing a hundred thousand passwords would take hours.
function hashOf(random: Random): string {
	if (random.next() < argonShare) {
		return `$argon2id$v=19$m=65536,t=3,p=4$${random.text(22, base64Alphabet)}$${random.text(43, base64Alphabet)}`;
	}
	return `${random.pick(bcryptKinds)}10$${random.text(53, bcryptAlphabet)}`;
}

function ascii(text: string): string {
	return text.normalize("NFD").replace(/[^a-z0-9.]/g, "");
}
