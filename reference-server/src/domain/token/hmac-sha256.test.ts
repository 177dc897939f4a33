import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256 } from './hmac-sha256.ts';

/** Test cases 1, 2 and 6; the data of the others is no text. */
test.each([
  ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe').toString('hex'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'aa'.repeat(131),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
])('RFC 4231: the key %s', (key, text, digest) => {
  expect(Buffer.from(hmacSha256(Buffer.from(key, 'hex'))(text), 'base64url').toString('hex')).toBe(digest);
});

test('any text under any key has the code that an Hmac gives', () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      // Halves of surrogate pairs, and what is longer than there is room for.
      fc.string({ unit: fc.constantFrom('a', 'é', '€', '\ud83d', '\ude00'), maxLength: 1_200, size: 'max' }),
    ),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), texts, (key, list) => {
      const sign = hmacSha256(key);
      for (const text of list) {
        expect(sign(text)).toBe(createHmac('sha256', key).update(text).digest('base64url'));
      }
    }),
  );
});
