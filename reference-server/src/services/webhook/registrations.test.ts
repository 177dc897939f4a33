import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../open-store.ts';
import { put, type Query } from '../../store/index.ts';
import type { Registration } from './registration.ts';
import { registrationsIn } from './registrations.ts';
import { registrationTable } from './tables.ts';

const registration = (at: number): Registration => ({
  id: `whk_${at}`,
  service: 'shop',
  url: 'https://shop.example/hooks',
  events: ['payment_approved'],
  secrets: [],
  registeredAt: at,
});

test('who asks during a look shares the next one, which knows of everybody who has registered until then', async () => {
  const store = await openStore({ memory: true, data: '' }, () => 0);
  onTestFinished(() => store.close());
  let looks = 0;
  const query: typeof store.query = (table, index, given: Query) => {
    looks++;
    return store.query(table, index, given);
  };
  const registrationsFor = registrationsIn({ ...store, query });
  const register = async (first: number, last: number): Promise<void> => {
    for (let at = first; at <= last; at++) {
      await store.transact([put(registrationTable, `whk_${at}`, registration(at))]);
    }
  };
  await register(1, 3);
  const early = registrationsFor('payment_approved');
  await register(4, 4);
  const late = Array.from({ length: 20 }, () => registrationsFor('payment_approved'));
  expect((await early).length).toBeGreaterThanOrEqual(3);
  for (const found of await Promise.all(late)) {
    expect(found.map(({ id }) => id)).toStrictEqual(['whk_1', 'whk_2', 'whk_3', 'whk_4']);
  }
  expect(looks).toBeLessThanOrEqual(3);
  expect(await registrationsFor('payment_failed')).toStrictEqual([]);
  await register(5, 250);
  expect(await registrationsFor('payment_approved')).toHaveLength(250);
});
