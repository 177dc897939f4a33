import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reservationTokens, waitingTokens } from './index.ts';

const secret = 'a secret of thirty-two bytes, ok';
const other = 'quite another secret of 32 bytes';
const place = { eventId: 'event_123', sequence: 7, nonce: 123_456_789 };
const pass = { id: 'adm_1', eventId: 'event_123', buyerId: 'auth0|é', expiresAt: 1_000 };

const eventId = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,128}$/);
const natural = fc.nat({ max: Number.MAX_SAFE_INTEGER });

test('what was signed is what is verified', () => {
  fc.assert(
    fc.property(eventId, natural, natural, (event, sequence, nonce) => {
      const tokens = waitingTokens([secret]);
      const payload = { eventId: event, sequence, nonce };
      expect(tokens.verify(tokens.sign(payload))).toEqual({ kind: 'VALID', payload });
    }),
  );
  fc.assert(
    fc.property(eventId, fc.string({ maxLength: 255, unit: 'grapheme' }), natural, (id, buyerId, at) => {
      const tokens = reservationTokens([secret]);
      const payload = { id, eventId: id, buyerId, expiresAt: at };
      expect(tokens.verify(tokens.sign(payload), at - 1)).toEqual({ kind: 'VALID', payload });
      expect(tokens.verify(tokens.sign(payload), at)).toEqual({ kind: 'EXPIRED', payload });
    }),
  );
});

test('no token of full size exceeds what the contract lets through', () => {
  const longest = reservationTokens([secret]).sign({
    id: 'x'.repeat(36),
    eventId: 'x'.repeat(128),
    buyerId: '漢'.repeat(255),
    expiresAt: Number.MAX_SAFE_INTEGER,
  });
  expect(longest.length).toBeLessThanOrEqual(2048);
  expect(waitingTokens([secret]).sign(place).length).toBeLessThan(100);
});

test('a token with any character changed, added or taken away is not valid', () => {
  const tokens = waitingTokens([secret]);
  const token = tokens.sign(place);
  for (let at = 0; at < token.length; at++) {
    for (const character of 'Aa0-_.=+ ') {
      if (token[at] !== character) {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        expect(tokens.verify(changed).kind, changed).not.toBe('VALID');
      }
    }
    expect(tokens.verify(token.slice(0, at)).kind).not.toBe('VALID');
  }
  expect(tokens.verify(`${token}=`).kind).toBe('WRONG_SIGNATURE');
  expect(tokens.verify(` ${token}`).kind).toBe('MALFORMED');
});

test('another spelling of the same signature bytes is not valid', () => {
  const tokens = waitingTokens([secret]);
  const token = tokens.sign(place);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) as string);
  const twin = token.slice(0, -1) + alphabet[last ^ 1];
  const bytes = (text: string) => Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url');
  expect(bytes(twin)).toEqual(bytes(token));
  expect(tokens.verify(twin)).toEqual({ kind: 'WRONG_SIGNATURE' });
});

test('one kind of token cannot stand in for another', () => {
  const waiting = waitingTokens([secret]);
  const reservation = reservationTokens([secret]);
  const token = reservation.sign(pass);
  expect(waiting.verify(token)).toEqual({ kind: 'MALFORMED' });
  expect(waiting.verify(`w1${token.slice(2)}`)).toEqual({ kind: 'WRONG_SIGNATURE' });
  expect(reservation.verify(`r1${waiting.sign(place).slice(2)}`, 0)).toEqual({ kind: 'WRONG_SIGNATURE' });
});

test('a well-signed payload of another shape is malformed, not a crash', () => {
  for (const json of ['[]', '{}', 'null', '["e",1]', '["e","1",2]', 'no json']) {
    const signed = `w1.${Buffer.from(json).toString('base64url')}`;
    const mac = createHmac('sha256', secret).update(signed).digest('base64url');
    expect(waitingTokens([secret]).verify(`${signed}.${mac}`)).toEqual({ kind: 'MALFORMED' });
  }
});

test('anything else is malformed or badly signed', () => {
  const tokens = waitingTokens([secret]);
  fc.assert(fc.property(fc.string(), (text) => tokens.verify(text).kind !== 'VALID'));
  expect(tokens.verify('w1.')).toEqual({ kind: 'MALFORMED' });
  expect(tokens.verify('w1..x')).toEqual({ kind: 'MALFORMED' });
  expect(tokens.verify(`w1.${'A'.repeat(3_000)}.x`)).toEqual({ kind: 'MALFORMED' });
});

test('secrets rotate: the first signs, any verifies, a removed one does not', () => {
  const before = waitingTokens([secret]).sign(place);
  const after = waitingTokens([other, secret]).sign(place);
  expect(after).toBe(waitingTokens([other]).sign(place));
  expect(waitingTokens([other, secret]).verify(before)).toEqual({ kind: 'VALID', payload: place });
  expect(waitingTokens([other]).verify(before)).toEqual({ kind: 'WRONG_SIGNATURE' });
});

test('missing and short secrets are refused', () => {
  expect(() => waitingTokens([])).toThrow(/found none/);
  expect(() => waitingTokens([secret, 'short'])).toThrow(/secrets\[1\]: found 5 bytes/);
});
