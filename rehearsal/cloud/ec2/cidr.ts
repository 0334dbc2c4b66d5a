/** An IPv4 block: first address and number of leading bits. */
export interface Cidr {
	readonly first: number;
	readonly last: number;
	readonly prefix: number;
}

/** @throws when the text is no block, or its address is not the block's first. */
export function parseCidr(text: string): Cidr {
	const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(
		text,
	);
	const octets = match?.slice(1, 5).map(Number) ?? [];
	const prefix = Number(match?.[5] ?? 99);
	if (match === null || octets.some((o) => o > 255) || prefix > 32)
		throw new Error(
			`InvalidParameterValue: '${text}' is not an IPv4 CIDR block`,
		);
	const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
	const size = 2 ** (32 - prefix);
	if (address % size !== 0)
		throw new Error(
			`InvalidParameterValue: '${text}' does not begin at its first address; it would be ${formatAddress(address - (address % size))}/${prefix}`,
		);
	return { first: address, last: address + size - 1, prefix };
}

export const containsCidr = (outer: Cidr, inner: Cidr): boolean =>
	outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (a: Cidr, b: Cidr): boolean =>
	a.first <= b.last && b.first <= a.last;

export const formatAddress = (address: number): string =>
	[24, 16, 8, 0]
		.map((shift) => Math.floor(address / 2 ** shift) % 256)
		.join(".");
