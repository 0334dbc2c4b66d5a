import type { Cloud, Properties, PropertyFailure } from "../handler.ts";
import { objectsOf, stringOf } from "../properties.ts";
import { settingNames } from "./server.ts";

/** RDS's own parameters, and what they mean for a plain server. */
const rdsParameters: Readonly<
	Record<string, (value: string) => Record<string, string | number>>
> = {
	"rds.logical_replication": (value) =>
		value === "1"
			? {
					wal_level: "logical",
					max_replication_slots: 20,
					max_wal_senders: 20,
				}
			: {},
	"rds.force_ssl": (value): Record<string, string> =>
		value === "1" ? { ssl: "on" } : {},
	"rds.log_retention_period": () => ({}),
	"rds.force_autovacuum_logging_level": () => ({}),
};

const owned = ["port", "listen_addresses", "unix_socket_directories"];

/** What a laptop server is started with: small, because several may run beside everything else. */
export function serverSettings(
	port: number,
	parameters: readonly Properties[],
): Record<string, string | number> {
	const settings: Record<string, string | number> = {
		shared_buffers: "64MB",
		max_connections: 200,
		timezone: "UTC",
		log_timezone: "UTC",
		log_line_prefix: "%m [%p] %u@%d ",
	};
	for (const parameter of parameters) {
		const name = stringOf(parameter, "name") ?? "";
		const value = stringOf(parameter, "value") ?? "";
		Object.assign(settings, rdsParameters[name]?.(value) ?? { [name]: value });
	}
	return {
		...settings,
		port,
		listen_addresses: "127.0.0.1",
		unix_socket_directories: "",
	};
}

/** Refuses what RDS refuses: parameters that the engine does not have, or that belong to the service. */
export function checkParameters(
	inputs: Properties,
	known: () => ReadonlySet<string> = settingNames,
): readonly PropertyFailure[] {
	return objectsOf(inputs, "parameters").flatMap((parameter, index) => {
		const name = stringOf(parameter, "name");
		if (name === undefined || name in rdsParameters) return [];
		const property = `parameters[${index}].name`;
		if (owned.includes(name))
			return [{ property, reason: `${name} cannot be modified` }];
		return known().has(name.toLowerCase())
			? []
			: [{ property, reason: `Could not find parameter with name: ${name}` }];
	});
}

/** The parameters of a group by name; none when it is not ours (a default group). */
export function parametersOf(
	cloud: Cloud,
	groupName: string | undefined,
): readonly Properties[] {
	if (groupName === undefined) return [];
	const group = cloud.resources.get(parameterGroupType, groupName);
	return group === undefined ? [] : objectsOf(group.inputs, "parameters");
}

export const parameterGroupType = "aws:rds/parameterGroup:ParameterGroup";
