export interface ProvenImage {
	readonly name: string;
	readonly digest: string;
}
type Digests = Readonly<Record<string, string | undefined>> | undefined;
export function provenImages(proven: Digests, wanted: Digests): ProvenImage[];
export function promotionCommands(
	image: ProvenImage,
	where: {
		readonly from: string;
		readonly to: string;
		readonly release: string;
	},
): { readonly copy: readonly string[]; readonly look: readonly string[] };
