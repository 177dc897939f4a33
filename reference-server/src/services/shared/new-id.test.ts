import { afterEach, expect, test, vi } from 'vitest';
import { timeOrderedHex } from '../../store/index.ts';
import { derivedId, derivedTimedId, newId, newSecret } from './new-id.ts';

afterEach(() => vi.useRealTimers());

const TIMES = [1_700_000_000_000, 1_700_000_000_001, 2_100_000_000_000];

function atEach<T>(make: () => T): T[] {
  vi.useFakeTimers({ toFake: ['Date'] });
  return TIMES.map((now) => {
    vi.setSystemTime(now);
    return make();
  });
}

test('ids sort by when they were made, and no two are the same', () => {
  const made = atEach(() => newId('rsv'));
  expect(made.toSorted()).toStrictEqual(made);
  const many = Array.from({ length: 1000 }, () => newId('rsv'));
  expect(new Set(many).size).toBe(1000);
  expect(many.every((id) => /^rsv_[0-9a-f]{32}$/.test(id))).toBe(true);
});

test('a secret tells no time', () => {
  const [first = '', second = ''] = atEach(() => newSecret('secret'));
  expect(first).toMatch(/^secret_[0-9a-f]{32}$/);
  expect(second.slice(0, 15)).not.toBe(first.slice(0, 15));
});

test('an id that is derived from a key sorts as the key does', () => {
  const keys = atEach(() => timeOrderedHex().replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-7$3-8$4-'));
  const ids = keys.map((key) => derivedTimedId('rsv', 'user', 'u1', key));
  expect(ids.toSorted()).toStrictEqual(ids);
  expect(ids.every((id) => /^rsv_[0-9a-f]{32}$/.test(id))).toBe(true);
});

test.each(['0192f0c1-a2b3-7c4d-8e5f-0a1b2c3d4e5f', '3f0c1d2e-a2b3-4c4d-8e5f-0a1b2c3d4e5f', 'anything'])(
  'whatever the key is, it and its caller give one id: %s',
  (key) => {
    const id = derivedTimedId('rsv', 'user', 'u1', key);
    expect(derivedTimedId('rsv', 'user', 'u1', key)).toBe(id);
    expect(derivedTimedId('rsv', 'user', 'u2', key)).not.toBe(id);
    expect(derivedTimedId('rsv', 'user', 'u1', `${key}0`)).not.toBe(id);
  },
);

test('a key without a time gives the id of its parts', () => {
  expect(derivedTimedId('rsv', 'user', 'anything')).toBe(derivedId('rsv', 'user', 'anything'));
});
