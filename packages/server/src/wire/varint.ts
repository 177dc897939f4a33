/** A varint of up to 28 bits, at `at`, in no more bytes than it needs. Anything else is -1. */
export function varintAt(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let shift = 0, next = at; shift < 28 && next < end; shift += 7) {
    const byte = bytes[next++] as number;
    if (byte < 128) {
      return byte === 0 && shift > 0 ? -1 : value | (byte << shift);
    }
    value |= (byte & 127) << shift;
  }
  return -1;
}

/** The bytes that a varint of up to 32 bits needs. */
export function varintSize(value: number): number {
  return value < 2 ** 7 ? 1 : value < 2 ** 14 ? 2 : value < 2 ** 21 ? 3 : value < 2 ** 28 ? 4 : 5;
}
