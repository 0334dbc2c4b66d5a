import type { ResourceHandler } from "../handler.ts";
import { eip, internetGateway, natGateway } from "./gateways.ts";
import { route, routeTable, routeTableAssociation } from "./routes.ts";
import {
	defaultSecurityGroup,
	egressRule,
	ingressRule,
	securityGroup,
} from "./securityGroups.ts";
import {
	defaultSecurityGroupType,
	egressRuleType,
	eipType,
	ingressRuleType,
	internetGatewayType,
	natGatewayType,
	routeTableAssociationType,
	routeTableType,
	routeType,
	securityGroupType,
	subnetType,
	vpcType,
} from "./types.ts";
import { subnet, vpc } from "./vpc.ts";

export const ec2Handlers: Readonly<Record<string, ResourceHandler>> = {
	[vpcType]: vpc,
	[subnetType]: subnet,
	[internetGatewayType]: internetGateway,
	[eipType]: eip,
	[natGatewayType]: natGateway,
	[routeTableType]: routeTable,
	[routeType]: route,
	[routeTableAssociationType]: routeTableAssociation,
	[securityGroupType]: securityGroup,
	[defaultSecurityGroupType]: defaultSecurityGroup,
	[ingressRuleType]: ingressRule,
	[egressRuleType]: egressRule,
};
