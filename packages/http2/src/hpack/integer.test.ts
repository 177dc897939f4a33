import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockReader } from './block-reader.ts';
import { HpackError } from './hpack-error.ts';
import { writeInteger } from './integer.ts';

function written(flags: number, mask: number, value: number): Buffer {
  const target = Buffer.alloc(8);
  return target.subarray(0, writeInteger(target, 0, flags, mask, value));
}

function read(bytes: Buffer, mask: number): number {
  const reader = new BlockReader();
  reader.open(bytes, 0, bytes.length);
  const value = reader.integer(reader.octet(), mask);
  expect(reader.at).toBe(bytes.length);
  return value;
}

describe('RFC 7541, Appendix C.1', () => {
  test.each([
    ['C.1.1', 10, 0x1f, '0a'],
    ['C.1.2', 1337, 0x1f, '1f9a0a'],
    ['C.1.3', 42, 0xff, '2a'],
  ])('%s: %d', (_section, value, mask, hex) => {
    expect(written(0, mask, value).toString('hex')).toBe(hex);
    expect(read(Buffer.from(hex, 'hex'), mask)).toBe(value);
  });
});

test('reads what it writes, up to five octets, whatever the other bits are', () => {
  const masks = fc.integer({ min: 1, max: 8 }).map((bits) => 2 ** bits - 1);
  fc.assert(
    fc.property(masks, fc.nat({ max: 2 ** 28 }), fc.nat({ max: 0xff }), (mask, value, other) => {
      const bytes = written(other & ~mask, mask, value);
      expect((bytes[0] as number) & ~mask).toBe(other & ~mask & 0xff);
      expect(read(bytes, mask)).toBe(value);
    }),
  );
});

test('reads zeros that lengthen an integer, but no more than five octets', () => {
  expect(read(Buffer.from('ff80808000', 'hex'), 0x7f)).toBe(127);
  expect(read(Buffer.from('ffffffff7f', 'hex'), 0x7f)).toBe(127 + 2 ** 28 - 1);
  expect(() => read(Buffer.from('ff8080808000', 'hex'), 0x7f)).toThrow(HpackError);
});
