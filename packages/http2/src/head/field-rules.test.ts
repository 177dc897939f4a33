import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isValue } from './field-rules.ts';

/** RFC 9113, 8.2.1, as a grammar. */
const VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;

test('the values that HTTP can carry are those of the grammar', () => {
  const unit = fc.oneof(
    fc.constantFrom('\t', ' ', '\n', '\r', '\0', '\x7f', '\x80', '\xff', 'Ā', '~', '!'),
    fc.nat({ max: 0x1ff }).map((code) => String.fromCharCode(code)),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 6 }), (value) => {
      expect(isValue(value)).toBe(VALUE.test(value));
    }),
    { numRuns: 2_000 },
  );
});
