import { CallFailure } from '@traffic-tacos/server';
import { expect, onTestFinished, test } from 'vitest';
import { adjustableClock } from '../../e2e/clock.ts';
import { openStore } from '../../open-store.ts';
import { put } from '../../store/index.ts';
import { enqueue } from './delivery/enqueue.ts';
import { MAX_NAMED, MAX_WAITING, namedAddress } from './named-addresses.ts';
import { deliveryTable, namedAddressTable } from './tables.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Buyers who name addresses. */
async function buyers() {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => store.close());
  const name = async (userId: string, url: string): Promise<number> => {
    const writes = await namedAddress(store, userId, url, clock.now());
    if (writes.length > 0) {
      await store.transact(writes);
    }
    return writes.length;
  };
  const refusal = async (userId: string, url: string): Promise<string | undefined> => {
    const failure = await name(userId, url).catch((reason: unknown) => reason);
    return failure instanceof CallFailure ? `${failure.code} ${failure.details[0]?.reason}` : undefined;
  };
  return { clock, store, name, refusal };
}

const origin = (at: number): string => `https://hooks-${at}.example.com`;

test('a buyer names so many receivers within a day; the same ones again cost nothing, others nobody else', async () => {
  const { clock, store, name, refusal } = await buyers();
  for (let at = 0; at < MAX_NAMED; at++) {
    expect(await name('ann', `${origin(at)}/payments`)).toBe(1);
    clock.advance(60_000);
  }
  expect(await refusal('ann', origin(MAX_NAMED))).toBe('QUOTA_EXCEEDED TOO_MANY_RECEIVERS');
  expect(await name('ann', `${origin(MAX_NAMED - 1)}/another/path`)).toBe(0);
  expect(await name('bob', origin(MAX_NAMED))).toBe(1);

  // The first one is a day old, the others are not.
  clock.advance(DAY_MS - MAX_NAMED * 60_000);
  expect(await name('ann', origin(MAX_NAMED))).toBe(1);
  expect(await refusal('ann', origin(0))).toBe('QUOTA_EXCEEDED TOO_MANY_RECEIVERS');
  clock.advance(DAY_MS);
  expect(await store.get(namedAddressTable, 'buyer/ann')).toBeUndefined();
});

test('a receiver that is still named keeps its place among those of the day', async () => {
  const { clock, name, refusal } = await buyers();
  for (let at = 0; at < MAX_NAMED; at++) {
    await name('ann', origin(at));
  }
  clock.advance(DAY_MS / 2);
  for (let at = 0; at < MAX_NAMED; at++) {
    await name('ann', origin(at));
  }
  clock.advance(DAY_MS / 2);
  expect(await refusal('ann', origin(MAX_NAMED))).toBe('QUOTA_EXCEEDED TOO_MANY_RECEIVERS');
});

test('a buyer for whose receivers too much waits names none until they have got it', async () => {
  const { clock, store, name, refusal } = await buyers();
  const waiting = (id: string, namedBy: string) =>
    enqueue(
      { id, namedBy, url: origin(0), name: 'payment COMPLETED', content: '{}', maxAttempts: 2 },
      clock.now(),
    );
  for (let at = 0; at < MAX_WAITING; at++) {
    await store.transact(waiting(`msg_${at}`, 'ann'));
  }
  expect(await refusal('ann', origin(0))).toBe('QUOTA_EXCEEDED TOO_MANY_WAITING');
  expect(await name('bob', origin(0))).toBe(1);
  const item = await store.get(deliveryTable, 'msg_0');
  if (item === undefined) {
    throw new Error('the delivery is gone');
  }
  await store.transact([put(deliveryTable, 'msg_0', { ...item.value, state: 'DELIVERED' })]);
  expect(await name('ann', origin(0))).toBe(1);
});
