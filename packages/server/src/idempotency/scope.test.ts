import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Caller } from '../caller.ts';
import { scopeId } from './scope.ts';

const caller = (id: string): Caller => ({ kind: 'user', id, scopes: [], actsForAnyone: false });

test('keys that differ early have ids in the same order', () => {
  const key = fc.uuid({ version: 7 });
  fc.assert(
    fc.property(key, key, (a, b) => {
      fc.pre(a.slice(0, 13) !== b.slice(0, 13));
      expect(scopeId(caller('u'), 'm', a) < scopeId(caller('u'), 'm', b)).toBe(a < b);
    }),
  );
});

test('caller, method and key make the id, each of them', () => {
  const key = '0192f0c1-a2b3-7c4d-8e5f-0a1b2c3d4e5f';
  const id = scopeId(caller('u'), 'm', key);
  expect(scopeId(caller('u'), 'm', key)).toBe(id);
  const others = [
    scopeId(caller('v'), 'm', key),
    scopeId(caller('u'), 'n', key),
    scopeId(caller('u'), 'm', `${key}0`),
    scopeId(caller('u'), 'm', key.slice(0, 16)),
  ];
  expect(new Set([id, ...others]).size).toBe(5);
});

test('callers whose names are no Unicode are told apart', () => {
  const ids = ['\ud800', '\udbff', '\ufffd'].flatMap((id) =>
    ['k', 'k'.repeat(40)].map((key) => scopeId(caller(id), 'm', key)),
  );
  expect(new Set(ids).size).toBe(6);
});

test('no two of them have the same id, whatever is in them', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '.', '"', '가', '\ud800', '\udbff', '\ufffd'),
    maxLength: 4,
  });
  const kind = fc.constantFrom<Caller['kind']>('anonymous', 'user', 'service', 'admin');
  const key = fc.string({ unit: fc.constantFrom('0', '.', ' '), minLength: 1, maxLength: 60 });
  const one = fc.tuple(kind, text, fc.constantFrom('a.v1.S/M', 'a.v1.S/N'), key);
  fc.assert(
    fc.property(one, one, (a, b) => {
      const [first, second] = [a, b].map(([kind, id, method, key]) =>
        scopeId({ ...caller(id), kind }, method, key),
      );
      expect(first === second).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 2000 },
  );
});
