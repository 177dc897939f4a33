import { expect, test } from 'vitest';
import { createMemoryIdempotencyStore } from './memory-store.ts';

const answer = (text: string, expiresAt: number) => ({
  fingerprint: text,
  response: Buffer.from(text),
  expiresAt,
});

test('the first write of an id counts, until it has expired', async () => {
  let now = 0;
  const store = createMemoryIdempotencyStore({ clock: () => now });
  const put = (text: string) => store.commit(store.write('id', answer(text, now + 100)));

  expect([await put('first'), await put('second')]).toEqual([true, false]);
  expect((await store.read('id'))?.fingerprint).toBe('first');
  now = 100;
  expect(await put('third')).toBe(true);
  expect((await store.read('id'))?.fingerprint).toBe('third');
});

test('a write that is not committed leaves nothing behind', async () => {
  const store = createMemoryIdempotencyStore();
  store.write('id', answer('never', Number.MAX_SAFE_INTEGER));

  expect(await store.read('id')).toBeUndefined();
});

test.each([
  ['their number', { maxAnswers: 3 }],
  ['their size', { maxBytes: 30 }],
])('answers are bounded by %s: the oldest make room', async (_what, bounds) => {
  const store = createMemoryIdempotencyStore({ ...bounds, clock: () => 0 });
  for (let number = 0; number < 5; number++) {
    await store.commit(store.write(`id-${number}`, answer('ten bytes.', 100)));
  }
  const kept = await Promise.all(
    [0, 1, 2, 3, 4].map(async (number) => (await store.read(`id-${number}`)) !== undefined),
  );

  expect(kept).toEqual([false, false, true, true, true]);
});

test('expired answers go first', async () => {
  let now = 0;
  const store = createMemoryIdempotencyStore({ clock: () => now });
  await store.commit(store.write('short', answer('short', 10)));
  now = 20;
  await store.commit(store.write('long', answer('long', 100)));

  expect(await store.read('short')).toBeUndefined();
  expect(await store.read('long')).toBeDefined();
});
