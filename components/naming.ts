/** The colours of a blue-green pair of target groups. */
export type Colour = "blue" | "green";

/** ELB refuses longer names of target groups and load balancers. */
const TARGET_GROUP_NAME_LENGTH = 32;

/**
 * Name of a service's target group, `<service>-<role>`.
 * @throws RangeError when ELB would refuse it: found out here, not halfway through an update.
 */
export function targetGroupName(service: string, role: string): string {
	const name = `${service}-${role}`;
	if (name.length > TARGET_GROUP_NAME_LENGTH) {
		throw new RangeError(
			`target group ${name}: expected at most ${TARGET_GROUP_NAME_LENGTH} characters, got ${name.length}; shorten the service's name`,
		);
	}
	return name;
}

/** The address that a browser uses: the port is left out where it is HTTPS's own. */
export function httpsUrl(host: string, port: number): string {
	return port === 443 ? `https://${host}` : `https://${host}:${port}`;
}

/** Name of a service's log group. */
export function logGroupName(name: string): string {
	return `/ecs/${name}`;
}
