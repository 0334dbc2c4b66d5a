import * as pulumi from "@pulumi/pulumi";
import { Database } from "./components/database/database.ts";
import { Cluster } from "./components/ecs/cluster.ts";
import { ImageRepositories } from "./components/ecs/imageRepositories.ts";
import { Edge } from "./components/edge/edge.ts";
import { LegacyHold } from "./components/edge/legacyHold.ts";
import { httpsUrl } from "./components/naming.ts";
import { Network } from "./components/network/network.ts";
import { Release } from "./components/release/release.ts";
import { ApplicationSecrets } from "./components/secrets/applicationSecrets.ts";
import { JobReports } from "./components/storage/jobReports.ts";
import { UploadsBucket } from "./components/storage/uploadsBucket.ts";
import { loadConfig } from "./config.ts";
import { requireGo } from "./gate.ts";

const { settings, stored, region, caFile, ...values } = loadConfig();
await requireGo(stored, import.meta.dirname);

const network = new Network("trusted-login", settings.network);
const database = new Database("trusted-login-db", {
	vpcId: network.vpcId,
	subnetIds: network.privateSubnetIds,
	settings: settings.database,
});
const uploads = new UploadsBucket("trusted-login-uploads", settings.uploads);
const reports = new JobReports("trusted-login-reports", settings.reports);
const secrets = new ApplicationSecrets("trusted-login", {
	...values,
	recoveryDays: settings.secrets.recoveryDays,
});
const cluster = new Cluster("trusted-login-cluster");
const repositories = new ImageRepositories(
	"trusted-login",
	settings.repositories,
);
const edge = new Edge(
	"trusted-login-edge",
	{ network, settings: settings.edge, legacy: settings.legacy },
	// A load balancer is refused while its subnets have no way to the internet.
	{ dependsOn: network },
);
const release =
	settings.phase === "provision"
		? undefined
		: new Release(
				"trusted-login",
				{
					settings,
					database,
					repositories,
					uploads,
					reports,
					secrets,
					edge,
					caFile,
					placement: {
						clusterArn: cluster.arn,
						clusterName: cluster.clusterName,
						vpcId: network.vpcId,
						vpcCidr: network.cidr,
						subnetIds: network.privateSubnetIds,
						region,
						logRetentionDays: settings.logs.retentionDays,
					},
				},
				// Tasks pull their images through the network's NAT gateways.
				{ dependsOn: network },
			);
const hold = new LegacyHold("trusted-login-legacy", {
	vpcId: network.vpcId,
	listenerArn: edge.httpsListenerArn,
	settings,
	after: settings.phase === "live" ? release : undefined,
});

const { frontendDomain, apiDomain, ports } = settings.edge;
/** What the stack has reached: known only once everything that phase and images stand for has succeeded. */
const reached = pulumi
	.all([hold.settled, release?.settled])
	.apply(() => ({ phase: settings.phase, images: settings.images }));
export const phase = reached.phase;
export const images = reached.images;
export const databaseEndpoint = database.endpoint;
export const clusterName = cluster.clusterName;
export const frontendUrl = httpsUrl(frontendDomain, ports.https);
export const apiUrl = httpsUrl(apiDomain, ports.https);
export const testUrl = edge.dnsName.apply((host) =>
	httpsUrl(host, edge.testPort),
);
export const loadBalancer = edge.dnsName;
export const imageRepositories = repositories.urls;
export const uploadsBucket = uploads.bucketName;
export const jobReports = reports.address;
export const releaseDigests = release?.digests ?? {};
export const certificateRecords = edge.certificateRecords;
