import type { Properties, PropertyFailure } from "../handler.ts";

export const instanceReplaceOn: readonly string[] = [
	"availabilityZone",
	"backupTarget",
	"characterSetName",
	"dbName",
	"engine",
	"identifier",
	"identifierPrefix",
	"kmsKeyId",
	"storageEncrypted",
	"timezone",
	"username",
];

/** What the provider and RDS fill in. */
export const instanceDefaults: Properties = {
	autoMinorVersionUpgrade: true,
	backupRetentionPeriod: 0,
	backupTarget: "region",
	backupWindow: "03:12-03:42",
	caCertIdentifier: "rds-ca-rsa2048-g1",
	copyTagsToSnapshot: false,
	databaseInsightsMode: "standard",
	dedicatedLogVolume: false,
	deleteAutomatedBackups: true,
	deletionProtection: false,
	engineLifecycleSupport: "open-source-rds-extended-support",
	hostedZoneId: "Z2R2ITUGPM61AM",
	iamDatabaseAuthenticationEnabled: false,
	iops: 0,
	licenseModel: "postgresql-license",
	maintenanceWindow: "sun:04:46-sun:05:16",
	monitoringInterval: 0,
	multiAz: false,
	networkType: "IPV4",
	performanceInsightsEnabled: false,
	publiclyAccessible: false,
	replicas: [],
	skipFinalSnapshot: false,
	status: "available",
	storageEncrypted: false,
	storageType: "gp2",
};

const notHere = [
	"replicateSourceDb",
	"restoreToPointInTime",
	"s3Import",
	"snapshotIdentifier",
	"blueGreenUpdate",
	"domain",
];

/** Refuses what the laptop cloud cannot do, and what RDS would refuse. */
export function checkInstance(inputs: Properties): readonly PropertyFailure[] {
	const failures: PropertyFailure[] = notHere
		.filter((property) => inputs[property] !== undefined)
		.map((property) => ({
			property,
			reason: "the laptop cloud does not have this",
		}));
	const need = (holds: boolean, property: string, reason: string) => {
		if (!holds) failures.push({ property, reason });
	};
	const { engine, username, port, identifier } = inputs;
	need(
		typeof engine !== "string" || engine === "postgres",
		"engine",
		`the laptop cloud has PostgreSQL only, got ${String(engine)}`,
	);
	need(engine !== undefined, "engine", "missing required property");
	need(username !== undefined, "username", "missing required property");
	need(
		typeof username !== "string" ||
			(/^[a-zA-Z]\w{0,62}$/.test(username) &&
				!/^(rdsadmin|postgres|pg_.*|rds_.*)$/.test(username)),
		"username",
		`'${String(username)}' is reserved or not a name for a role`,
	);
	need(
		typeof port !== "number" || (port >= 1150 && port <= 65535),
		"port",
		`expected 1150 to 65535, got ${String(port)}`,
	);
	need(
		typeof identifier !== "string" || identifier === identifier.toLowerCase(),
		"identifier",
		"only lower-case letters, digits and hyphens",
	);
	const passwords = ["password", "passwordWo"].filter(
		(property) => inputs[property] !== undefined,
	);
	const managed = inputs.manageMasterUserPassword === true;
	need(
		passwords.length === (managed ? 0 : 1),
		managed ? (passwords[0] ?? "password") : "password",
		"expected exactly one of password, passwordWo, manageMasterUserPassword",
	);
	return failures;
}
