import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldDecoder } from './field-decoder.ts';
import { encodedBound, encodeFields, encodeStatus, NO_DYNAMIC_TABLE, writeFields } from './field-encoder.ts';
import { octets } from './testdata/blocks.ts';
import { ReferenceDecoder } from './testdata/reference-decoder.ts';

const LIMITS = { maxTableBytes: 4096, maxListBytes: 1_000_000 };
const fields = fc.array(fc.tuple(octets, octets), { maxLength: 20 }).map((pairs) => pairs.flat());

function decoded(block: Buffer): readonly string[] {
  return new FieldDecoder(LIMITS).decode(block, 0, block.length).fields;
}

const hex = (...list: string[]): string => encodeFields(list).toString('hex');

describe('encodeFields', () => {
  test('is what a decoder reads, ours and a plain one, and uses no dynamic table', () => {
    fc.assert(
      fc.property(fields, (list) => {
        const block = encodeFields(list);
        const decoder = new FieldDecoder(LIMITS);
        const { fields: read, bytes } = decoder.decode(block, 0, block.length);
        expect(read).toEqual(list);
        expect(bytes).toBe(list.join('').length + 16 * list.length);
        expect(decoder.tableBytes).toBe(0);
        expect(new ReferenceDecoder(4096, LIMITS.maxListBytes).decode(block).fields).toEqual(list);
        expect(block.length).toBeLessThanOrEqual(encodedBound(list));
      }),
      { numRuns: 1000 },
    );
  });

  test('refers to the static table', () => {
    expect(hex(':method', 'POST', ':path', '/', 'accept-encoding', 'gzip, deflate')).toBe('838490');
    expect(hex(':path', '/sample/path')).toMatch(/^04/);
  });

  test('uses the Huffman code where it is shorter, and only there', () => {
    expect(hex(':authority', 'www.example.com')).toBe('018cf1e3c2e5f23a6ba0ab90f4ff');
    expect(hex(':authority', '\x00\x01')).toBe('01020001');
  });

  test('marks secrets, so that nobody on the way puts them into a table', () => {
    expect(hex('set-cookie', 'a')).toBe('1f280161');
    expect(hex('authorization', 'a')).toBe('1f080161');
    expect(hex('server', 'a')).toBe('0f270161');
  });

  test('refuses a character that is no octet', () => {
    expect(() => encodeFields(['a', 'ticket 🎫'])).toThrow(TypeError);
    expect(() => encodeFields(['a€', ''])).toThrow(/U\+20ac/);
  });

  test('writes into a buffer what it returns', () => {
    fc.assert(
      fc.property(fields, fc.nat({ max: 50 }), (list, offset) => {
        const target = Buffer.alloc(offset + encodedBound(list) + 1, 0xee);
        const end = writeFields(target, offset, list);
        expect(target.subarray(offset, end)).toEqual(encodeFields(list));
        expect(target.subarray(0, offset).every((octet) => octet === 0xee)).toBe(true);
        expect(target.subarray(end).every((octet) => octet === 0xee)).toBe(true);
      }),
    );
  });
});

describe('encodeStatus', () => {
  test('encodes every status, each once', () => {
    for (let status = 100; status <= 999; status++) {
      expect(decoded(encodeStatus(status))).toEqual([':status', String(status)]);
      expect(encodeStatus(status)).toBe(encodeStatus(status));
    }
    expect(encodeStatus(200)).toEqual(Buffer.of(0x88));
  });

  test.each([0, 99, 1000, 200.5, Number.NaN, -200])('refuses %d', (status) => {
    expect(() => encodeStatus(status)).toThrow(RangeError);
  });
});

test('the size update that goes first empties the table of a peer, whatever it allows', () => {
  const block = Buffer.concat([NO_DYNAMIC_TABLE, encodeStatus(200)]);
  const decoder = new FieldDecoder({ maxTableBytes: 0, maxListBytes: 1000 });
  decoder.settingsAcknowledged();
  expect(decoder.decode(block, 0, block.length).fields).toEqual([':status', '200']);
});
