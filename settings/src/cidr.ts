/** An IPv4 network as two numbers: its first and its last address. */
export interface AddressRange {
	readonly first: number;
	readonly last: number;
}

const CIDR =
	/^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}\/(3[0-2]|[12]?\d)$/;

/** Reads `10.0.1.0/24`. Undefined when it is malformed or has bits set behind the prefix. */
export function parseCidr(text: string): AddressRange | undefined {
	if (!CIDR.test(text)) return undefined;
	const [address = "", prefix = ""] = text.split("/");
	const first = addressNumber(address);
	const size = 2 ** (32 - Number(prefix));
	return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

/** Whether every address of `inner` lies in `outer`. */
export function containsRange(
	outer: AddressRange,
	inner: AddressRange,
): boolean {
	return outer.first <= inner.first && inner.last <= outer.last;
}

/** Whether the two ranges share an address. */
export function overlaps(one: AddressRange, other: AddressRange): boolean {
	return one.first <= other.last && other.first <= one.last;
}

/** Whether the address is private (RFC 1918) or shared (RFC 6598): what an ALB takes as a target outside its VPC. */
export function isPrivateAddress(address: string): boolean {
	const range = parseCidr(`${address}/32`);
	return (
		range !== undefined &&
		PRIVATE.some((network) => containsRange(network, range))
	);
}

const PRIVATE: readonly AddressRange[] = [
	"10.0.0.0/8",
	"172.16.0.0/12",
	"192.168.0.0/16",
	"100.64.0.0/10",
].flatMap((cidr) => parseCidr(cidr) ?? []);

function addressNumber(address: string): number {
	return address
		.split(".")
		.reduce((number, part) => number * 256 + Number(part), 0);
}
