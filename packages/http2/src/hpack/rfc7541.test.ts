import { describe, expect, test } from 'vitest';
import { FieldDecoder } from './field-decoder.ts';
import { EXCHANGES } from './testdata/rfc7541.ts';

const LIMITS = { maxTableBytes: 4096, maxListBytes: 16_384 };
const FIRST_DYNAMIC = 62;

function decode(decoder: FieldDecoder, hex: string): readonly string[] {
  const block = Buffer.from(hex, 'hex');
  return decoder.decode(block, 0, block.length).fields;
}

/** A size update to 256 bytes. */
const TO_256 = '3fe101';

describe.each(EXCHANGES)('RFC 7541, Appendix C: $name', ({ tableBytes, examples }) => {
  const decoder = new FieldDecoder(LIMITS);
  if (tableBytes === 256) {
    decode(decoder, TO_256);
  }

  test.each(examples)('$section', ({ block, fields, table, tableBytes: occupied }) => {
    expect(decode(decoder, block)).toEqual(fields);
    expect(decoder.tableBytes).toBe(occupied);
    // Every dynamic entry by its index, which changes nothing.
    const all = table.filter((_, at) => at % 2 === 0).map((_, at) => 0x80 | (FIRST_DYNAMIC + at));
    expect(decode(decoder, Buffer.from(all).toString('hex'))).toEqual(table);
    const beyond = Buffer.of(0x80 | (FIRST_DYNAMIC + all.length));
    expect(() => decoder.decode(beyond, 0, 1)).toThrow(/index/);
  });
});

describe('RFC 7541, Appendix C.2: the forms of a field', () => {
  test.each([
    [
      'C.2.1',
      'with indexing',
      '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
      'custom-key',
      'custom-header',
      55,
    ],
    ['C.2.2', 'without indexing', '040c2f73616d706c652f70617468', ':path', '/sample/path', 0],
    ['C.2.3', 'never indexed', '100870617373776f726406736563726574', 'password', 'secret', 0],
    ['C.2.4', 'indexed', '82', ':method', 'GET', 0],
  ])('%s: %s', (_section, _form, block, name, value, occupied) => {
    const decoder = new FieldDecoder(LIMITS);
    expect(decode(decoder, block)).toEqual([name, value]);
    expect(decoder.tableBytes).toBe(occupied);
  });
});
