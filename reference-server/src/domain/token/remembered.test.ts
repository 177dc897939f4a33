import fc from 'fast-check';
import { expect, test } from 'vitest';
import { waitingTokens } from './index.ts';
import { remembered } from './remembered.ts';

test('says of every token what the signer says, and looks at those in use once', () => {
  const signer = waitingTokens(['a secret of thirty-two bytes, ok']);
  let looks = 0;
  const memory = remembered(
    {
      sign: signer.sign,
      verify: (token) => {
        looks++;
        return signer.verify(token);
      },
    },
    8,
  );
  const place = fc.record({ eventId: fc.constant('e'), sequence: fc.nat(20), nonce: fc.constant(1) });
  const token = fc.oneof(
    place.map(signer.sign),
    place.map((each) => `${signer.sign(each)}x`),
    place.map((each) => signer.sign(each).replace('w1.', 'w2.')),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 60 }), (tokens) => {
      for (const each of tokens) {
        expect(memory.verify(each)).toEqual(signer.verify(each));
      }
      const [used = signer.sign({ eventId: 'e', sequence: 1, nonce: 1 })] = tokens;
      memory.verify(used);
      const before = looks;
      memory.verify(used);
      expect(looks - before).toBe(signer.verify(used).kind === 'VALID' ? 0 : 1);
    }),
  );
});

test('a token that was made just now is known to be valid, as the place that it was made for', () => {
  const signer = waitingTokens(['a secret of thirty-two bytes, ok']);
  const memory = remembered({ ...signer, verify: () => ({ kind: 'MALFORMED' }) }, 8);
  const place = { eventId: 'e', sequence: 7, nonce: 5 };

  expect(memory.verify(memory.sign(place))).toEqual({ kind: 'VALID', payload: place });
});

test('what is no longer used is forgotten', () => {
  const signer = waitingTokens(['a secret of thirty-two bytes, ok']);
  const looked: string[] = [];
  const memory = remembered(
    {
      sign: signer.sign,
      verify: (token) => {
        looked.push(token);
        return signer.verify(token);
      },
    },
    8,
  );
  const tokens = Array.from({ length: 9 }, (_, sequence) =>
    signer.sign({ eventId: 'e', sequence, nonce: 1 }),
  );
  const [kept, lost] = tokens as [string, string];
  for (const token of tokens) {
    memory.verify(token);
    memory.verify(kept);
  }
  memory.verify(kept);
  memory.verify(lost);
  expect(looked).toEqual([...tokens, lost]);
});
