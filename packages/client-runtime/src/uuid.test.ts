import { afterEach, expect, test, vi } from 'vitest';
import { uuid } from './uuid.ts';

afterEach(() => vi.unstubAllGlobals());

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test.each(['a secure context', 'a page without crypto.randomUUID'])(
  'makes version 7 UUIDs in %s',
  (where) => {
    if (where !== 'a secure context') {
      const bytes = crypto.getRandomValues.bind(crypto);
      vi.stubGlobal('crypto', { getRandomValues: bytes });
      expect(crypto.randomUUID).toBeUndefined();
    }
    const made = Array.from({ length: 200 }, uuid);
    expect(made.filter((id) => !version7.test(id))).toEqual([]);
    expect(new Set(made).size).toBe(200);
  },
);

test('the time that a UUID begins with is when it was made, so that later ones sort behind', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const made = [1_700_000_000_000, 1_700_000_000_001, 2_100_000_000_000].map((now) => {
      vi.setSystemTime(now);
      const id = uuid();
      expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now);
      return id;
    });
    expect(made.toSorted()).toEqual(made);
  } finally {
    vi.useRealTimers();
  }
});
