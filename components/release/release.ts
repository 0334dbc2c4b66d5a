import * as pulumi from "@pulumi/pulumi";
import type { StackSettings } from "@trusted-login/settings";
import type { Database } from "../database/database.ts";
import { BlueGreenService } from "../ecs/blueGreenService.ts";
import type { SecretReference } from "../ecs/container.ts";
import type { ImageKind, ImageRepositories } from "../ecs/imageRepositories.ts";
import { MigrationJob, type MigrationJobArgs } from "../ecs/migrationJob.ts";
import type { Placement } from "../ecs/task.ts";
import type { Edge } from "../edge/edge.ts";
import { httpsUrl } from "../naming.ts";
import type { ApplicationSecrets } from "../secrets/applicationSecrets.ts";
import type { JobReports } from "../storage/jobReports.ts";
import type { UploadsBucket } from "../storage/uploadsBucket.ts";

/** Everything that needs an image. */
export interface ReleaseArgs {
	/** Phase, images, sizes and addresses. Phase live adds the final sync. */
	readonly settings: StackSettings;
	readonly placement: Placement;
	readonly database: Database;
	readonly repositories: ImageRepositories;
	readonly uploads: UploadsBucket;
	readonly reports: JobReports;
	readonly secrets: ApplicationSecrets;
	readonly edge: Edge;
	readonly caFile: string | undefined;
}

/** The data moved and both services running: schema → convert → services → final sync. */
export class Release extends pulumi.ComponentResource {
	readonly digests: Readonly<Record<ImageKind, pulumi.Output<string>>>;
	/** Known once every job has succeeded and both services run the wanted revision. */
	readonly settled: pulumi.Output<unknown>;

	constructor(
		name: string,
		args: ReleaseArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super(
			"trusted-login:release:Release",
			name,
			{ phase: args.settings.phase, images: args.settings.images },
			opts,
		);
		const images = pinImages(args);

		const { placement, database, reports } = args;
		const size = args.settings.jobs;
		const job = (
			role: string,
			job: JobArgs,
			after: readonly pulumi.Resource[],
		) =>
			new MigrationJob(
				`${name}-${role}`,
				{
					placement,
					database,
					reports,
					size,
					image: images.cutover,
					after,
					...job,
				},
				{ parent: this },
			);
		const schema = job("schema", schemaJob(args), args.secrets.versions);
		const convert = job("convert", dataJob(args, "convert"), [schema]);
		const shared = { placement, edge: args.edge, caFile: args.caFile };
		const frontend = new BlueGreenService(
			`${name}-frontend`,
			{
				...shared,
				...frontendService(args.settings),
				image: images.frontend,
				after: [],
			},
			{ parent: this },
		);
		const backend = new BlueGreenService(
			`${name}-backend`,
			{
				...shared,
				...backendService(args),
				image: images.backend,
				// Its role, its tables and its secret are the schema job's work.
				after: [schema],
			},
			{ parent: this },
		);
		// The fence is an outage: it comes when everything that can fail without one has succeeded.
		const finalSync =
			args.settings.phase === "live"
				? job("final-sync", finalSyncJob(args), [convert, frontend, backend])
				: undefined;

		this.digests = {
			frontend: images.frontend.digest,
			backend: images.backend.digest,
			cutover: images.cutover.digest,
		};
		this.settled = pulumi.all([
			schema.outcome,
			convert.outcome,
			frontend.verdict,
			backend.verdict,
			finalSync?.outcome,
		]);
		this.registerOutputs({ digests: this.digests });
	}
}

type JobArgs = Pick<
	MigrationJobArgs,
	"command" | "environment" | "secrets" | "statements" | "files"
>;

function pinImages({ repositories, settings }: ReleaseArgs) {
	const pin = (kind: ImageKind) => {
		const image = settings.images[kind];
		if (image === undefined) {
			throw new pulumi.InputPropertiesError({
				message: `phase ${settings.phase} deploys images`,
				errors: [
					{
						propertyPath: `settings.images.${kind}`,
						reason: "expected a digest or tag, got none; set it",
					},
				],
			});
		}
		return repositories.pin(kind, image);
	};
	return {
		frontend: pin("frontend"),
		backend: pin("backend"),
		cutover: pin("cutover"),
	};
}

function schemaJob({ secrets }: ReleaseArgs): JobArgs {
	return {
		command: ["schema", "apply"],
		environment: {
			APP_ROLE: "trusted_login_app",
			APP_SECRET_ID: secrets.databaseUrlArn,
		},
		statements: [
			{
				actions: [
					"secretsmanager:DescribeSecret",
					"secretsmanager:GetSecretValue",
					"secretsmanager:PutSecretValue",
				],
				resources: [secrets.databaseUrlArn],
			},
		],
	};
}

function dataJob(
	{ settings, secrets, uploads }: ReleaseArgs,
	command: "convert" | "final-sync",
): JobArgs & { secrets: Record<string, SecretReference> } {
	const { uploadsDirectory, uploadsFileSystemId } = settings.legacy;
	return {
		command: [command],
		environment: { FILES_SOURCE: uploadsDirectory, FILES_TARGET: uploads.url },
		secrets: { SOURCE_DATABASE_URL: { arn: secrets.legacyDatabaseUrlArn } },
		statements: uploads.access,
		...(uploadsFileSystemId === undefined
			? {}
			: {
					files: { fileSystemId: uploadsFileSystemId, path: uploadsDirectory },
				}),
	};
}

function finalSyncJob(args: ReleaseArgs): JobArgs {
	const job = dataJob(args, "final-sync");
	const canaries = { CUTOVER_CANARIES: { arn: args.secrets.canariesArn } };
	return { ...job, secrets: { ...job.secrets, ...canaries } };
}

function frontendService({ edge, services }: StackSettings) {
	return {
		kind: "frontend" as const,
		domain: edge.frontendDomain,
		priority: 100,
		port: 80,
		healthPath: "/",
		size: services.frontend,
		environment: {
			REACT_APP_API_URL: httpsUrl(edge.apiDomain, edge.ports.https),
		},
		secrets: {},
		statements: [],
		egress: [],
	};
}

function backendService(args: ReleaseArgs) {
	const { settings, secrets, uploads, database, placement } = args;
	return {
		kind: "backend" as const,
		domain: settings.edge.apiDomain,
		priority: 101,
		port: 8000,
		healthPath: "/health",
		size: settings.services.backend,
		environment: {
			UPLOADS: uploads.url,
			ALLOWED_ORIGIN: httpsUrl(
				settings.edge.frontendDomain,
				settings.edge.ports.https,
			),
			API_DEPRECATION_DATE: settings.api.deprecationDate,
			API_SUNSET_DATE: settings.api.sunsetDate,
		},
		secrets: {
			DATABASE_URL: { arn: secrets.databaseUrlArn },
			JWT_SECRET: { arn: secrets.jwtSecretArn },
		},
		statements: uploads.access,
		egress: [
			{
				name: "database",
				port: database.port,
				peer: { cidr: placement.vpcCidr },
			},
		],
		allowAccess: (securityGroupId: pulumi.Output<string>) =>
			database.allowFrom("trusted-login-backend", securityGroupId),
	};
}
