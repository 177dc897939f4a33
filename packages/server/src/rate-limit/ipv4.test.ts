import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ipv4Bits } from './ipv4.ts';

test('an address has the bits of its four numbers', () => {
  expect(ipv4Bits('0.0.0.0')).toBe(0);
  expect(ipv4Bits('1.2.3.4')).toBe(0x01020304);
  expect(ipv4Bits('255.255.255.255')).toBe(0xffffffff);
});

test('takes for an address what Node takes for one', () => {
  const number = fc.oneof(
    fc.nat({ max: 300 }).map(String),
    fc.constantFrom('', '00', '01', ' 1', '1a', '1e1'),
  );
  const nearly = fc.array(number, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), nearly, fc.string()), (text) => {
      expect(ipv4Bits(text) !== -1).toBe(isIPv4(text));
    }),
    { numRuns: 2000 },
  );
});
