/** Type tokens of the network, where they refer to each other. */
export const vpcType = "aws:ec2/vpc:Vpc";
export const subnetType = "aws:ec2/subnet:Subnet";
export const internetGatewayType = "aws:ec2/internetGateway:InternetGateway";
export const eipType = "aws:ec2/eip:Eip";
export const natGatewayType = "aws:ec2/natGateway:NatGateway";
export const routeTableType = "aws:ec2/routeTable:RouteTable";
export const routeType = "aws:ec2/route:Route";
export const routeTableAssociationType =
	"aws:ec2/routeTableAssociation:RouteTableAssociation";
export const securityGroupType = "aws:ec2/securityGroup:SecurityGroup";
export const defaultSecurityGroupType =
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
export const ingressRuleType =
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const egressRuleType =
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
