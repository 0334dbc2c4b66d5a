import { isLocal } from "../appSettings.ts";
import type { Inventory, SettingDependency } from "../facts.ts";
import { plural } from "../text.ts";
import { isOnRds } from "./rdsExtensions.ts";
import { type Risk, riskOf } from "./risk.ts";

/** What the database and the application lean on. */
export function surroundingRisks(inventory: Inventory): readonly Risk[] {
	const extensions = extensionsNotOnRds(inventory);
	const languages = inventory.languages.filter(
		({ name, functions }) => functions > 0 && !isOnRds(name),
	);
	const servers = inventory.foreignServers;
	const local = dependenciesElsewhere(inventory).filter(({ address }) =>
		isLocal(address),
	);
	const objects = inventory.largeObjects ?? 0;
	return [
		...riskOf(extensions, {
			id: "extensions-not-on-rds",
			severity: "warning",
			what: `${plural(extensions.length, "extension")} that RDS for PostgreSQL does not offer`,
			todo: "find out what uses them, and replace that; ask the target with SELECT name FROM pg_available_extensions",
		}),
		...riskOf(
			languages.map(
				({ name, functions }) => `${name}: ${plural(functions, "function")}`,
			),
			{
				id: "languages-not-on-rds",
				severity: "warning",
				what: `functions in ${plural(languages.length, "language")} that RDS for PostgreSQL does not offer`,
				todo: "write them anew in PL/pgSQL, or move them into the application",
			},
		),
		...riskOf(objects === 0 ? [] : [plural(objects, "object")], {
			id: "large-objects",
			severity: "warning",
			what: `${plural(objects, "large object")}, which neither the conversion nor logical replication carries over`,
			todo: "find the columns of type oid or lo that point to them; carry them over with pg_dump --large-objects, or store them as files",
		}),
		...riskOf(
			servers.map(({ name, wrapper, address }) =>
				`${name} (${wrapper}) ${address}`.trim(),
			),
			{
				id: "foreign-servers",
				severity: "warning",
				what: `${plural(servers.length, "foreign server")} that the database reads from`,
				todo: "find out what uses them; the target needs a way to reach them, or their tables as its own",
			},
		),
		...riskOf(
			local.map(
				({ setting, kind, address }) => `${setting}: ${kind} at ${address}`,
			),
			{
				id: "local-dependencies",
				severity: "warning",
				what: `${plural(local.length, "part")} that the application expects on its own machine`,
				todo: "plan where each runs in the new system, and set its address there",
			},
		),
	];
}

export function extensionsNotOnRds(inventory: Inventory): readonly string[] {
	return inventory.extensions
		.filter(({ name }) => !isOnRds(name))
		.map(({ name, version }) => `${name} ${version}`);
}

/** What the application's settings name besides the databases that are being moved. */
export function dependenciesElsewhere(
	inventory: Inventory,
): readonly SettingDependency[] {
	return (inventory.dependencies.settings ?? []).filter(
		({ address }) => !/^postgres(ql)?:/.test(address),
	);
}
