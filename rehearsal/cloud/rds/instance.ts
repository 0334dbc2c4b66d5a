import { randomBytes, randomUUID } from "node:crypto";
import { requireResource } from "../ec2/references.ts";
import type { Cloud, Properties, ResourceHandler } from "../handler.ts";
import { arn, randomUpper } from "../naming.ts";
import { numberOf, requireString, stringOf } from "../properties.ts";
import { echo, withTags } from "../remember.ts";
import {
	createSecret,
	deleteSecret,
	putSecretValue,
} from "../secretsmanager/vault.ts";
import { subnetGroupType } from "./groups.ts";
import {
	checkInstance,
	instanceDefaults,
	instanceReplaceOn,
} from "./instanceRules.ts";
import {
	adminPasswordOf,
	createInstanceServer,
	instanceFolder,
	portOf,
	reconfigureInstance,
	removeInstanceServer,
	reviveInstanceServer,
	stopInstanceServer,
} from "./instances.ts";
import { changeMasterPassword, createMaster } from "./master.ts";
import { parameterGroupType } from "./parameters.ts";
import { requirePostgres } from "./server.ts";
import { keepFinalSnapshot, requireSnapshotName } from "./snapshots.ts";

export const instanceType = "aws:rds/instance:Instance";

/** A DB instance is a PostgreSQL server of its own on 127.0.0.1, at the port that the program gives. */
export const instance: ResourceHandler = {
	replaceOn: instanceReplaceOn,
	secretInputs: ["password", "passwordWo"],
	check: checkInstance,

	async create({ inputs, autoName }, cloud) {
		const identifier = stringOf(inputs, "identifier") ?? autoName();
		if (cloud.resources.get(instanceType, identifier) !== undefined)
			throw new Error(
				`DBInstanceAlreadyExists: DB instance ${identifier} already exists`,
			);
		verifyReferences(inputs, cloud);
		const { version } = requirePostgres();
		warnOfVersion(stringOf(inputs, "engineVersion"), version, cloud);
		const port = portOf(inputs);
		cloud.log(`starting PostgreSQL ${version} on 127.0.0.1:${port}`);
		const { adminPassword } = await createInstanceServer(
			cloud,
			identifier,
			port,
			stringOf(inputs, "parameterGroupName"),
		);
		let secretArn: string | undefined;
		try {
			const username = requireString(inputs, "username");
			const password = givenPassword(inputs) ?? randomPassword();
			await createMaster({
				port,
				adminPassword,
				username,
				password,
				dbName: stringOf(inputs, "dbName"),
			});
			if (inputs.manageMasterUserPassword === true)
				secretArn = createMasterSecret(cloud, identifier, username, password);
		} catch (error) {
			await removeInstanceServer(cloud, identifier);
			if (secretArn !== undefined) deleteSecret(cloud, secretArn);
			throw error;
		}
		const { passwordWo: _, ...visible } = inputs;
		return {
			id: identifier,
			outputs: withTags({
				...instanceDefaults,
				...visible,
				...addressOf(port),
				identifier,
				arn: arn("rds", `db:${identifier}`),
				resourceId: `db-${randomUpper(26)}`,
				availabilityZone: inputs.availabilityZone ?? `${cloud.region}a`,
				engineVersionActual: version,
				masterUserSecrets:
					secretArn === undefined ? [] : [masterSecret(secretArn, cloud)],
			}),
		};
	},

	async read(id, outputs, cloud) {
		const stored = cloud.resources.get(instanceType, id);
		if (stored === undefined) return undefined;
		return { ...stored.outputs, ...pick(outputs, ["password"]) };
	},

	async update({ id, inputs, oldInputs, outputs }, cloud) {
		verifyReferences(inputs, cloud);
		verifyChange(inputs, oldInputs);
		const port = portOf(inputs);
		await reconfigureInstance(
			cloud,
			id,
			port,
			stringOf(inputs, "parameterGroupName"),
		);
		const password = givenPassword(inputs);
		if (password !== undefined && password !== givenPassword(oldInputs))
			await changeMasterPassword({
				port,
				adminPassword: adminPasswordOf(cloud, id),
				username: requireString(outputs, "username"),
				password,
			});
		const { passwordWo: _, ...visible } = inputs;
		return {
			...echo(outputs, oldInputs, visible, instanceDefaults),
			...addressOf(port),
		};
	},

	async delete(id, outputs, cloud) {
		if (outputs.deletionProtection === true)
			throw new Error(
				"InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again.",
			);
		const snapshot = requireSnapshotName(cloud, outputs);
		await stopInstanceServer(cloud, id);
		if (snapshot !== undefined) {
			const folder = instanceFolder(cloud.root, id);
			const kept = keepFinalSnapshot(cloud, snapshot, folder, outputs);
			cloud.log(`final snapshot of ${id}: ${kept}`);
		}
		await removeInstanceServer(cloud, id);
		const [secret] = Array.isArray(outputs.masterUserSecrets)
			? (outputs.masterUserSecrets as Properties[])
			: [];
		if (secret !== undefined)
			deleteSecret(cloud, requireString(secret, "secretArn"));
	},

	revive: (id, _outputs, cloud) => reviveInstanceServer(cloud, id),
	suspend: (id, _outputs, cloud) => stopInstanceServer(cloud, id),
};

function verifyReferences(inputs: Properties, cloud: Cloud): void {
	const subnets = stringOf(inputs, "dbSubnetGroupName");
	if (subnets !== undefined)
		requireResource(cloud, subnetGroupType, subnets, "DBSubnetGroup");
	const name = stringOf(inputs, "parameterGroupName");
	if (name === undefined || name.startsWith("default.")) return;
	const group = requireResource(
		cloud,
		parameterGroupType,
		name,
		"DBParameterGroup",
	);
	const major = stringOf(inputs, "engineVersion")?.split(".")[0];
	if (major !== undefined && group.inputs.family !== `postgres${major}`)
		throw new Error(
			`InvalidParameterCombination: the parameter group ${name} is for ${group.inputs.family}, the instance wants postgres ${major}`,
		);
}

function verifyChange(inputs: Properties, oldInputs: Properties): void {
	const size = numberOf(inputs, "allocatedStorage") ?? 0;
	const oldSize = numberOf(oldInputs, "allocatedStorage") ?? 0;
	if (size < oldSize)
		throw new Error(
			`InvalidParameterCombination: storage cannot shrink from ${oldSize} to ${size} GiB`,
		);
	const major = (p: Properties) => stringOf(p, "engineVersion")?.split(".")[0];
	if (
		major(inputs) !== major(oldInputs) &&
		inputs.allowMajorVersionUpgrade !== true
	)
		throw new Error(
			`InvalidParameterCombination: from PostgreSQL ${major(oldInputs)} to ${major(inputs)} needs allowMajorVersionUpgrade: true`,
		);
}

function warnOfVersion(
	wanted: string | undefined,
	installed: string,
	cloud: Cloud,
): void {
	const major = wanted?.split(".")[0];
	if (major !== undefined && major !== installed.split(".")[0])
		cloud.log(
			`the program asks for PostgreSQL ${wanted}; this machine has ${installed}, which serves instead`,
		);
}

function createMasterSecret(
	cloud: Cloud,
	identifier: string,
	username: string,
	password: string,
): string {
	const { arn: secretArn } = createSecret(cloud, {
		name: `rds!db-${randomUUID()}`,
		description: `The secret associated with the primary RDS DB instance: ${identifier}`,
	});
	putSecretValue(cloud, secretArn, JSON.stringify({ username, password }));
	return secretArn;
}

const masterSecret = (secretArn: string, cloud: Cloud): Properties => ({
	secretArn,
	secretStatus: "active",
	kmsKeyId: `arn:aws:kms:${cloud.region}:${cloud.accountId}:key/aws/secretsmanager`,
});

const addressOf = (port: number): Properties => ({
	address: "127.0.0.1",
	endpoint: `127.0.0.1:${port}`,
	port,
});

const givenPassword = (inputs: Properties): string | undefined =>
	stringOf(inputs, "password") ?? stringOf(inputs, "passwordWo");

const randomPassword = (): string => randomBytes(21).toString("base64url");

const pick = (from: Properties, keys: readonly string[]): Properties =>
	Object.fromEntries(
		keys.filter((key) => key in from).map((key) => [key, from[key]]),
	);
