import { afterEach, expect, test, vi } from 'vitest';
import { uuid } from './uuid.ts';

afterEach(() => vi.unstubAllGlobals());

const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test.each(['a secure context', 'a page without crypto.randomUUID'])(
  'makes version 4 UUIDs in %s',
  (where) => {
    if (where !== 'a secure context') {
      const bytes = crypto.getRandomValues.bind(crypto);
      vi.stubGlobal('crypto', { getRandomValues: bytes });
      expect(crypto.randomUUID).toBeUndefined();
    }
    const made = Array.from({ length: 200 }, uuid);
    expect(made.filter((id) => !version4.test(id))).toEqual([]);
    expect(new Set(made).size).toBe(200);
  },
);
