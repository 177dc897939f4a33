import { isIPv4, isIPv6 } from 'node:net';

/**
 * An address as it is compared: without a zone, and an IPv4 address that is written as IPv6 as the IPv4 address it is.
 * `undefined` for a text that is no address.
 */
export function plainAddress(text: string): string | undefined {
  if (isIPv4(text)) {
    return text;
  }
  const zone = text.indexOf('%');
  const address = zone === -1 ? text : text.slice(0, zone);
  if (!isIPv6(address)) {
    return undefined;
  }
  const groups = groupsOf(address);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? dotted(groups[6] ?? 0, groups[7] ?? 0) : address;
}

/**
 * What calls from an address are counted under: an IPv4 address itself; of an IPv6 address the first 64 bits, since the
 * other half is its holder's to choose.
 *
 * @param address - as `plainAddress` gives it
 */
export function addressKey(address: string): string {
  if (isIPv4(address)) {
    return address;
  }
  const network = groupsOf(address).slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const front = partsOf(head);
  if (tail === undefined) {
    return front;
  }
  const back = partsOf(tail);
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}

function partsOf(text: string): number[] {
  return text === ''
    ? []
    : text.split(':').flatMap((part) => (part.includes('.') ? quad(part) : [Number.parseInt(part, 16)]));
}

function quad(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
