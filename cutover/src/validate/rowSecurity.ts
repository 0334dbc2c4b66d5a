import type { Session } from "../adapters/postgres.ts";
import { type Finding, number, texts } from "./check.ts";

const requiredPolicies = [
	{ table: "profiles", name: "Users can view own profile", owner: "id" },
	{
		table: "workflows",
		name: "Users can manage own workflows",
		owner: "user_id",
	},
];

/** The required policies are there and switched on, and keep two users apart when acting as one of them. */
export async function rowSecurity(target: Session): Promise<Finding> {
	const wrong = [
		...(await texts(
			target,
			`SELECT format('row-level security is off on public.%s', name) AS what FROM unnest($1::text[]) name WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('public.' || name) AND relrowsecurity)`,
			[requiredPolicies.map((policy) => policy.table)],
		)),
		...(await texts(
			target,
			`SELECT format('policy missing: "%s" on public.%s', wanted.name, wanted.relation) AS what FROM unnest($1::text[], $2::text[]) AS wanted(name, relation) WHERE NOT EXISTS (SELECT FROM pg_policies WHERE schemaname = 'public' AND tablename = wanted.relation AND policyname = wanted.name)`,
			[
				requiredPolicies.map((policy) => policy.name),
				requiredPolicies.map((policy) => policy.table),
			],
		)),
	];
	const unproved: string[] = [];
	for (const { table, owner } of requiredPolicies) {
		const users = await texts(
			target,
			`SELECT DISTINCT ${owner}::text AS what FROM (SELECT ${owner} FROM public.${table} LIMIT 1000) sample LIMIT 2`,
		);
		const [one, other] = users;
		if (one === undefined || other === undefined) {
			unproved.push(`public.${table} has rows of fewer than two users`);
			continue;
		}
		wrong.push(...(await actAs(target, { table, owner, one, other })));
	}
	return {
		outcome:
			wrong.length > 0
				? "failed"
				: unproved.length > 0
					? "inconclusive"
					: "passed",
		expected: "the policies are there, and as one user another's rows are 0",
		actual:
			wrong.length > 0
				? `${wrong.length} faults`
				: unproved.length > 0
					? "the policies are there; not proved by behaviour"
					: "the policies are there and keep users apart",
		details: [...wrong, ...unproved],
	};
}

async function actAs(
	target: Session,
	look: {
		readonly table: string;
		readonly owner: string;
		readonly one: string;
		readonly other: string;
	},
): Promise<readonly string[]> {
	await target.query("BEGIN READ ONLY");
	try {
		await target.query(
			"SELECT set_config('request.jwt.claim.sub', $1, true), set_config('request.jwt.claims', $2, true)",
			[look.one, JSON.stringify({ sub: look.one, role: "authenticated" })],
		);
		await target.query("SET LOCAL ROLE authenticated");
		const from = `SELECT count(*) FROM public.${look.table} WHERE ${look.owner}`;
		const own = await number(target, `${from} = '${look.one}'`);
		const foreign = await number(target, `${from} = '${look.other}'`);
		return [
			...(own === 0
				? [`as user ${look.one}: own rows of public.${look.table} are hidden`]
				: []),
			...(foreign > 0
				? [
						`as user ${look.one}: ${foreign} rows of user ${look.other} in public.${look.table} can be seen`,
					]
				: []),
		];
	} finally {
		await target.query("ROLLBACK");
	}
}
