/** The resource classes of @pulumi/aws that the laptop cloud has, by module path inside the package. */
export const resourceModules: readonly string[] = [
	"acm/certificate",
	"cloudwatch/logGroup",
	"ec2/defaultSecurityGroup",
	"ec2/eip",
	"ec2/internetGateway",
	"ec2/natGateway",
	"ec2/route",
	"ec2/routeTable",
	"ec2/routeTableAssociation",
	"ec2/securityGroup",
	"ec2/subnet",
	"ec2/vpc",
	"ecr/lifecyclePolicy",
	"ecr/repository",
	"ecs/cluster",
	"ecs/service",
	"ecs/taskDefinition",
	"iam/role",
	"iam/rolePolicy",
	"iam/rolePolicyAttachment",
	"lb/listener",
	"lb/listenerRule",
	"lb/loadBalancer",
	"lb/targetGroup",
	"lb/targetGroupAttachment",
	"rds/instance",
	"rds/parameterGroup",
	"rds/subnetGroup",
	"s3/bucket",
	"s3/bucketPolicy",
	"s3/bucketPublicAccessBlock",
	"s3/bucketServerSideEncryptionConfiguration",
	"s3/bucketVersioning",
	"secretsmanager/secret",
	"secretsmanager/secretVersion",
	"vpc/securityGroupEgressRule",
	"vpc/securityGroupIngressRule",
];

/** `ec2/vpc` is the module of the type token `aws:ec2/vpc:Vpc`. */
export function tokenOf(module: string): string {
	const [, name = ""] = module.split("/");
	return `aws:${module}:${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
