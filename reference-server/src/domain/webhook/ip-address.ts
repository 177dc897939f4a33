/** An IP address as a number. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads an IP address in any of its spellings; `undefined` for other text, and for addresses with a zone. */
export function parseIpAddress(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

function parseIPv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  // A leading zero means octal to some.
  const isWellFormed =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return isWellFormed
    ? { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) }
    : undefined;
}

function parseIPv6(text: string): IpAddress | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  if (
    front === undefined ||
    back === undefined ||
    more.length > 0 ||
    (tail !== undefined && head.includes('.'))
  ) {
    return undefined;
  }
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) {
    return undefined;
  }
  const groups = [...front, ...Array<bigint>(missing).fill(0n), ...back];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

/** The groups of one side of `::`; the last two may be written as an IPv4 address. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') {
    return [];
  }
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const quad = last.includes('.') ? parseIPv4(last) : undefined;
  if (last.includes('.') && quad === undefined) {
    return undefined;
  }
  const groups = quad === undefined ? parts : parts.slice(0, -1);
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return undefined;
  }
  const values = groups.map((group) => BigInt(`0x${group}`));
  return quad === undefined ? values : [...values, quad.value >> 16n, quad.value & 0xffffn];
}
