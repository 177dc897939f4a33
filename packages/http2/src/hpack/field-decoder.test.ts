import { describe, expect, test } from 'vitest';
import type { DecodedFields } from './decoded-fields.ts';
import { FieldDecoder } from './field-decoder.ts';
import { encodeFields } from './field-encoder.ts';
import { HpackError } from './hpack-error.ts';
import { assembled, type Part } from './testdata/blocks.ts';

const LIMITS = { maxTableBytes: 4096, maxListBytes: 16_384 };

function decode(decoder: FieldDecoder, block: string | Buffer): DecodedFields {
  const bytes = typeof block === 'string' ? Buffer.from(block, 'hex') : block;
  return decoder.decode(bytes, 0, bytes.length);
}

function refusal(block: string, decoder = new FieldDecoder(LIMITS)): string {
  try {
    decode(decoder, block);
  } catch (error) {
    expect(error).toBeInstanceOf(HpackError);
    return (error as HpackError).message;
  }
  throw new Error(`${block} was decoded`);
}

const inserted = (name: string, value: string): Part => ({
  kind: 'literal',
  flags: 0x40,
  name,
  value,
  huffman: 'no',
});
const indexed = (index: number): Part => ({ kind: 'indexed', index });

describe('refuses', () => {
  test.each([
    ['the index 0', '80', /index 0/],
    [
      'an index after the static table, when nothing is in the dynamic one',
      'be',
      /index 62, the last one is 61/,
    ],
    ['the index of a name that is not there', '7f0000', /index 63/],
    ['a string without a length', '40', /before a string/],
    ['a name without a value', '400161', /before a string/],
    ['a string that is cut off', '400561', /1 of its 5 octets/],
    ['an integer that is cut off', 'ff80', /within an integer/],
    ['an integer that nobody needs', 'ff8080808001', /more than 5 octets/],
    ['an integer beyond 2³²', 'ffffffffffffffff7f', /more than 5 octets/],
    ['a Huffman-coded string whose padding is zeros', '00810014', /padding/],
    ['a Huffman-coded string whose padding has a zero', '00811e00', /padding/],
    ['a Huffman-coded string whose padding is longer than seven bits', '00821fff00', /padding/],
    ['a Huffman-coded string that is all padding', '0081ff00', /padding/],
    ['a Huffman-coded string that contains EOS', '0084ffffffff00', /EOS/],
    ['a Huffman-coded string that contains EOS among others', '00851fffffffff00', /EOS/],
    ['a size update after a field', '8220', /not at the beginning/],
    ['a size update beyond what was allowed', '3fe21f', /4097 bytes, 4096 are allowed/],
    ['a third size update', '202020', /more than 2/],
  ])('%s', (_what, block, message) => {
    expect(refusal(block)).toMatch(message);
  });
});

describe('size updates', () => {
  test('the smallest size and the final one, of which the smallest evicts', () => {
    const decoder = new FieldDecoder(LIMITS);
    decode(decoder, assembled([inserted('a', 'b')]));
    expect(decoder.tableBytes).toBe(34);
    expect(decode(decoder, '203fe11f82').fields).toEqual([':method', 'GET']);
    expect(decoder.tableBytes).toBe(0);
    expect(refusal('be', decoder)).toMatch(/index 62/);
  });

  test('up to the initial size until the peer knows that less is allowed', () => {
    const decoder = new FieldDecoder({ ...LIMITS, maxTableBytes: 100 });
    decode(decoder, assembled([inserted('a', 'x'.repeat(1000))]));
    expect(decoder.tableBytes).toBe(1033);
    decoder.settingsAcknowledged();
    decode(decoder, '3f4582');
    expect(decoder.tableBytes).toBe(0);
    expect(refusal('3f4682', decoder)).toMatch(/101 bytes, 100 are allowed/);
  });

  test('are demanded once less is allowed, also of a block that is known', () => {
    const decoder = new FieldDecoder({ ...LIMITS, maxTableBytes: 100 });
    for (let times = 0; times < 4; times++) {
      decode(decoder, '8286');
    }
    decoder.settingsAcknowledged();
    expect(refusal('8286', decoder)).toMatch(/without a size update/);
  });

  test('are not demanded by settings that allow as much', () => {
    const decoder = new FieldDecoder(LIMITS);
    decoder.settingsAcknowledged();
    expect(decode(decoder, '82').fields).toEqual([':method', 'GET']);
  });

  test('up to what was allowed, when that is more than the initial size', () => {
    const decoder = new FieldDecoder({ ...LIMITS, maxTableBytes: 8192 });
    const large = assembled([{ kind: 'size', bytes: 8192 }, inserted('a', 'x'.repeat(5000))]);
    decode(decoder, large);
    expect(decoder.tableBytes).toBe(5033);
  });
});

describe('the dynamic table', () => {
  test('an entry that is larger than it empties it, and is a field all the same', () => {
    const decoder = new FieldDecoder(LIMITS);
    decode(decoder, assembled([inserted('a', 'b')]));
    const value = 'x'.repeat(4096);
    expect(decode(decoder, assembled([inserted('a', value)])).fields).toEqual(['a', value]);
    expect(decoder.tableBytes).toBe(0);
  });

  test('an entry may have the name of one that it evicts', () => {
    const decoder = new FieldDecoder(LIMITS);
    decode(decoder, assembled([inserted('name', 'x'.repeat(4000))]));
    const next = assembled([{ ...inserted('', 'y'.repeat(100)), name: 62 } as Part]);
    expect(decode(decoder, next).fields).toEqual(['name', 'y'.repeat(100)]);
    expect(decode(decoder, assembled([indexed(62)])).fields).toEqual(['name', 'y'.repeat(100)]);
  });

  test('many small entries go round', () => {
    const decoder = new FieldDecoder(LIMITS);
    for (let count = 0; count < 1000; count++) {
      decode(decoder, assembled([inserted(`n${count}`, `${count}`)]));
    }
    expect(decoder.tableBytes).toBeLessThanOrEqual(4096);
    expect(decode(decoder, assembled([indexed(62), indexed(61 + 100)])).fields).toEqual([
      ...['n999', '999'],
      ...['n900', '900'],
    ]);
  });
});

describe('a list that is too large', () => {
  const decoder = new FieldDecoder({ maxTableBytes: 4096, maxListBytes: 1000 });

  test('is said to be, with its size, and changes the table as ever', () => {
    const block = assembled([inserted('a', 'x'.repeat(980)), inserted('after', 'it')]);
    expect(decode(decoder, block)).toMatchObject({ fields: [], isTooLarge: true, bytes: 1013 + 39 });
    expect(decode(decoder, assembled([indexed(62)])).fields).toEqual(['after', 'it']);
  });

  test('is one of small octets that mean a lot', () => {
    const bomb = Buffer.alloc(10_000, 0x80 | 63);
    expect(decode(decoder, bomb)).toMatchObject({ fields: [], isTooLarge: true, bytes: 10_130_000 });
  });

  test('is not one of exactly the size', () => {
    const value = 'x'.repeat(1000 - 33);
    expect(decode(decoder, encodeFields(['a', value])).fields).toEqual(['a', value]);
    expect(decode(decoder, encodeFields(['a', `${value}x`])).isTooLarge).toBe(true);
  });
});

describe('blocks that repeat', () => {
  /** The object that a block is, once it came often enough to be known. */
  const known = (decoder: FieldDecoder, block: Buffer): DecodedFields => {
    decode(decoder, block);
    decode(decoder, block);
    return decode(decoder, block);
  };

  test('are the same object, wherever they are in memory', () => {
    const decoder = new FieldDecoder(LIMITS);
    const block = encodeFields([':method', 'POST', ':path', '/tickets.v1.Tickets/Buy']);
    const first = known(decoder, block);
    const elsewhere = Buffer.concat([Buffer.of(0xff, 0xff), block, Buffer.of(0x82)]);
    expect(decoder.decode(elsewhere, 2, 2 + block.length)).toBe(first);
    expect(decoder.decode(elsewhere, 2, 3 + block.length)).not.toBe(first);
  });

  test('are the same object, as long as they are', () => {
    const decoder = new FieldDecoder(LIMITS);
    const block = encodeFields(['authorization', 'a'.repeat(2000)]);
    const first = known(decoder, block);
    expect(decode(decoder, block)).toBe(first);
    for (const at of [0, 1, 500, block.length - 1]) {
      const other = Buffer.from(encodeFields(['authorization', 'a'.repeat(2000)]));
      other[at] = (other[at] as number) ^ 0x01;
      let fields: DecodedFields | undefined;
      try {
        fields = decode(new FieldDecoder(LIMITS), other);
      } catch {
        continue;
      }
      expect(decode(decoder, other)).toEqual(fields);
    }
  });

  test('mean something else when the table changed', () => {
    const decoder = new FieldDecoder(LIMITS);
    decode(decoder, assembled([inserted('a', 'first')]));
    const block = assembled([indexed(62)]);
    expect(known(decoder, block).fields).toEqual(['a', 'first']);
    decode(decoder, assembled([inserted('a', 'second')]));
    expect(known(decoder, block).fields).toEqual(['a', 'second']);
  });

  test('are the same object after a change of the table that they do not refer to', () => {
    const decoder = new FieldDecoder(LIMITS);
    const block = assembled([indexed(2), indexed(4)]);
    const first = known(decoder, block);
    decode(decoder, assembled([inserted('a', 'b')]));
    expect(decode(decoder, block)).toBe(first);
  });

  test('begin with the same object when what follows is another one', () => {
    const decoder = new FieldDecoder(LIMITS);
    decode(decoder, assembled([inserted('a', 'b')]));
    const request = (address: string): DecodedFields =>
      decode(decoder, Buffer.concat([Buffer.of(0x83, 0x86, 0x84, 0xbe), encodeFields(['x', address])]));
    request('10.0.0.1');
    request('10.0.0.2');
    const third = request('10.0.0.3');
    const first = [':method', 'POST', ':scheme', 'http', ':path', '/', 'a', 'b'];
    expect(third.fields).toEqual([...first, 'x', '10.0.0.3']);
    expect(third.lead?.fields).toEqual(first);
    for (let times = 1; times <= 3; times++) {
      expect(request('10.0.0.4').lead).toBe(third.lead);
    }
    // What the index meant has moved on, for what was known as a whole, too.
    decode(decoder, assembled([inserted('a', 'c')]));
    expect(request('10.0.0.4').fields.slice(6, 8)).toEqual(['a', 'c']);
  });

  test('change the table each time when they insert', () => {
    const decoder = new FieldDecoder(LIMITS);
    const block = assembled([inserted('a', 'b')]);
    for (let times = 1; times <= 5; times++) {
      decode(decoder, block);
      expect(decoder.tableBytes).toBe(34 * times);
    }
  });

  test('are known within bounds, whatever a peer sends', () => {
    const decoder = new FieldDecoder(LIMITS);
    const blocks = Array.from({ length: 1000 }, (_, at) => encodeFields(['x', `${at}`.padEnd(3000, '!')]));
    const all = blocks.map((block) => new WeakRef(known(decoder, block)));
    const still = blocks.filter((block, at) => decode(decoder, block) === all[at]?.deref());
    expect(still.length).toBeLessThanOrEqual(8);
  });
});
