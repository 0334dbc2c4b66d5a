import { findUser } from "../ec2/references.ts";
import type { ResourceHandler } from "../handler.ts";
import { arn } from "../naming.ts";
import { requireString, stringsOf } from "../properties.ts";
import { echo, waitUntilUnused, withTags } from "../remember.ts";
import {
	certificateExists,
	issueCertificate,
	removeCertificate,
} from "./authority.ts";

const certificateType = "aws:acm/certificate:Certificate";

/** Issued at once by the laptop's own authority: nobody is asked to prove the domain. */
const certificate: ResourceHandler = {
	replaceOn: [
		"domainName",
		"subjectAlternativeNames",
		"validationMethod",
		"keyAlgorithm",
		"certificateAuthorityArn",
	],
	check(inputs) {
		const imported = ["certificateBody", "privateKey", "privateKeyWo"].find(
			(property) => inputs[property] !== undefined,
		);
		if (imported !== undefined)
			return [
				{
					property: imported,
					reason:
						"the laptop cloud issues certificates, it does not import them; use domainName",
				},
			];
		return inputs.domainName === undefined
			? [{ property: "domainName", reason: "missing required property" }]
			: [];
	},
	async create({ inputs }, cloud) {
		const domain = requireString(inputs, "domainName");
		const names = [
			...new Set([domain, ...stringsOf(inputs, "subjectAlternativeNames")]),
		];
		const issued = await issueCertificate(cloud.root, names);
		const certificateArn = arn("acm", `certificate/${issued.id}`);
		return {
			id: certificateArn,
			outputs: withTags({
				keyAlgorithm: "EC_prime256v1",
				...inputs,
				arn: certificateArn,
				subjectAlternativeNames: names,
				status: "ISSUED",
				type: "AMAZON_ISSUED",
				pendingRenewal: false,
				renewalEligibility: "INELIGIBLE",
				validationEmails: [],
				notBefore: issued.notBefore.toISOString(),
				notAfter: issued.notAfter.toISOString(),
				domainValidationOptions: names.map((name) => ({
					domainName: name,
					resourceRecordName: `_laptop.${name}.`,
					resourceRecordType: "CNAME",
					resourceRecordValue: "_laptop.acm-validations.aws.",
				})),
			}),
		};
	},
	async read(id, outputs, cloud) {
		return certificateExists(cloud.root, id)
			? (cloud.resources.get(certificateType, id)?.outputs ?? outputs)
			: undefined;
	},
	async update({ inputs, oldInputs, outputs }) {
		const names = outputs.subjectAlternativeNames;
		return {
			...echo(outputs, oldInputs, inputs),
			subjectAlternativeNames: names,
		};
	},
	async delete(id, _outputs, cloud) {
		await waitUntilUnused(certificateType, id, () =>
			findUser(cloud, id, ["aws:lb/listener:Listener"]),
		);
		removeCertificate(cloud.root, id);
	},
};

export const acmHandlers: Readonly<Record<string, ResourceHandler>> = {
	[certificateType]: certificate,
};
