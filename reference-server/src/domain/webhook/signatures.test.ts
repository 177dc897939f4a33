import crypto, { createHmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import { keyOfSecret } from './secret-key.ts';
import { signatureHeaders } from './sign.ts';
import { activeSecrets, rotated, type SigningSecret } from './signing-secrets.ts';
import { isFresh, isSignedBy } from './verify.ts';

const secret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((key) => `whsec_${Buffer.from(key).toString('base64')}`);
const id = fc.stringMatching(/^msg_[0-9a-zA-Z]{1,30}$/);
const body = fc.oneof(
  fc.json(),
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
);

test('the published verifier of Standard Webhooks accepts every signature, whichever secret it knows', () => {
  fc.assert(
    fc.property(fc.uniqueArray(secret, { minLength: 1, maxLength: 3 }), id, body, (secrets, msgId, text) => {
      const headers = signatureHeaders({ id: msgId, at: Date.now(), body: text, secrets });
      for (const known of secrets) {
        expect(new Webhook(known).verify(text, headers)).toEqual(JSON.parse(text));
      }
      expect(() => new Webhook('AAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(text, headers)).toThrow(
        'No matching signature',
      );
    }),
  );
});

test('signatures of the published library are accepted, and no others', () => {
  fc.assert(
    fc.property(secret, secret, id, body, fc.nat(), (known, other, msgId, text, at) => {
      fc.pre(known !== other);
      const signature = new Webhook(known).sign(msgId, new Date(at * 1000), text);
      const standard = [`${msgId}.${at}.`, Buffer.from(text)];
      expect(isSignedBy(signature, [other, known], { standard })).toBe(true);
      expect(isSignedBy(`v1a,x v1,short ${signature}`, [known], { standard })).toBe(true);
      expect(isSignedBy(signature, [other], { standard })).toBe(false);
      expect(isSignedBy(signature, [known], { standard: [`${msgId}.${at + 1}.`, text] })).toBe(false);
      expect(isSignedBy(signature, [known], { standard: [`${msgId}x.${at}.`, text] })).toBe(false);
      expect(isSignedBy(signature, [known], { standard: [`${msgId}.${at}.`, `${text} `] })).toBe(false);
      expect(isSignedBy(signature, [known], { body: text })).toBe(false);
      expect(isSignedBy(signature, [], { standard })).toBe(false);
    }),
  );
});

test('x-webhook-signature is the HMAC of the body in hexadecimal, by the newest secret', () => {
  const secrets = ['the newest secret of them', 'the one before it'];
  const { 'x-webhook-signature': signature = '' } = signatureHeaders({
    id: 'msg_1',
    at: 0,
    body: '{}',
    secrets,
  });
  expect(signature).toBe(
    `sha256=${createHmac('sha256', 'the newest secret of them').update('{}').digest('hex')}`,
  );
  expect(isSignedBy(signature, secrets, { body: '{}' })).toBe(true);
  expect(isSignedBy(signature.toUpperCase().replace('SHA', 'sha'), secrets, { body: '{}' })).toBe(true);
  expect(isSignedBy(signature, secrets, { body: '{ }' })).toBe(false);
  expect(isSignedBy(signature.slice(0, -1), secrets, { body: '{}' })).toBe(false);
});

test('what follows whsec_ is base64; other text is the key itself, also where it only looks like it', () => {
  expect(keyOfSecret('whsec_AAEC')).toEqual(Buffer.from([0, 1, 2]));
  expect(keyOfSecret('whsec_AAE=')).toEqual(Buffer.from([0, 1]));
  for (const text of ['AAEC', 'whsec_', 'whsec_a b', 'whsec_AAF=', 'schlüssel']) {
    expect(keyOfSecret(text)).toEqual(Buffer.from(text));
  }
});

const { timingSafeEqual } = crypto;
afterEach(() => {
  crypto.timingSafeEqual = timingSafeEqual;
  syncBuiltinESMExports();
});

test('SECURITY 24: every signature is compared with every secret in constant time, whichever of them matches', () => {
  let compared = 0;
  crypto.timingSafeEqual = (a, b) => {
    compared++;
    return timingSafeEqual(a, b);
  };
  syncBuiltinESMExports();
  const secrets = ['the first secret of three', 'the second secret of three', 'the third secret of three'];
  const signed = (by: string) =>
    signatureHeaders({ id: 'm', at: 0, body: 'b', secrets: [by] })['webhook-signature'];
  const wrong = signed('somebody else who signs');
  const counts = [
    `${signed(secrets[0] ?? '')} ${wrong}`,
    `${wrong} ${signed(secrets[2] ?? '')}`,
    `${wrong} ${wrong}`,
  ].map((header) => {
    compared = 0;
    isSignedBy(header, secrets, { standard: ['m.0.', 'b'] });
    return compared;
  });
  expect(counts).toEqual([6, 6, 6]);
});

test('SECURITY 25: a timestamp may be 300 seconds off, not more', () => {
  for (const off of [-300_000, 0, 300_000]) {
    expect(isFresh(1_000_000 + off, 1_000_000)).toBe(true);
  }
  for (const off of [-300_001, 300_001]) {
    expect(isFresh(1_000_000 + off, 1_000_000)).toBe(false);
  }
});

test('SECURITY 25: an old secret is active for its overlap only, the newest one always', () => {
  const steps = fc.array(
    fc.record({ secret: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), afterMs: fc.nat(200) }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(steps, (given) => {
      let now = 0;
      let secrets: readonly SigningSecret[] = [];
      /** When each secret stopped being the newest one. */
      const replacedAt = new Map<string, number>();
      for (const { secret: next, afterMs } of given) {
        now += afterMs;
        const former = secrets[0]?.secret;
        if (former !== undefined && former !== next) {
          replacedAt.set(former, now);
        }
        secrets = rotated(secrets, next, now, 100);
        const active = activeSecrets(secrets, now);
        expect(active[0]).toBe(next);
        expect(new Set(active).size).toBe(active.length);
        expect(active.length).toBeLessThanOrEqual(5);
        for (const old of active.slice(1)) {
          expect((replacedAt.get(old) ?? 0) + 100).toBeGreaterThan(now);
        }
        if (former !== undefined) {
          expect(active).toContain(former);
        }
        expect(activeSecrets(secrets, now + 100)).toEqual([next]);
      }
    }),
  );
});
