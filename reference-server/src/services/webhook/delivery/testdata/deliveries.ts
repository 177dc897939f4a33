import { pino } from 'pino';
import { expect, onTestFinished } from 'vitest';
import { eventually } from '../../../../e2e/booking.ts';
import { adjustableClock } from '../../../../e2e/clock.ts';
import type { Receiver } from '../../../../e2e/receiver.ts';
import { announcement, announcingStore } from '../../../../feed/index.ts';
import { openStore } from '../../../../open-store.ts';
import type { Store } from '../../../../store/index.ts';
import { alarms as alarmsOf } from '../../../shared/alarms.ts';
import { deliveryTable, destinationTable } from '../../tables.ts';
import { type DeliveryLoop, deliveryLoop } from '../delivery-loop.ts';
import { enqueue } from '../enqueue.ts';
import { poster } from '../post.ts';
import { hostResolver } from '../resolve-host.ts';
import { sender } from '../send.ts';
import type { Send } from '../tries.ts';

const content = JSON.stringify({ eventType: 'PAYMENT_WEBHOOK_TYPE_PENDING', data: {} });

/** Deliveries of a store in a folder, and loops over them, of which more than one may be started. */
export async function deliveries(options: { readonly data?: string } = {}) {
  const clock = adjustableClock();
  const alarms = alarmsOf(clock.now);
  const settings = { memory: options.data === undefined, data: options.data ?? '' };
  const loops: DeliveryLoop[] = [];
  const open = async () => {
    const store = await openStore(settings, clock.now);
    onTestFinished(() => store.close());
    return announcingStore(store, [
      announcement(destinationTable, ({ value }) => {
        for (const loop of loops) {
          loop.offer(value);
        }
      }),
    ]);
  };
  const startWith = (store: Store, send: Send): DeliveryLoop => {
    const loop = deliveryLoop({
      store,
      clock: clock.now,
      alarms,
      random: () => 0,
      send,
      schedule: { firstPauseMs: 5_000 },
      limits: { total: 16, perDestination: 4, doubtful: 6, unknown: 4 },
      logger: pino({ level: 'silent' }),
      onAttempt: () => undefined,
    });
    loops.push(loop);
    loop.start();
    onTestFinished(() => loop.stop());
    return loop;
  };
  const start = (store: Store, timeoutMs = 10_000): DeliveryLoop => {
    const requests = poster({ rules: { allowedHosts: ['127.0.0.1'] }, resolve: hostResolver() });
    const paymentSecrets = ['a secret for tests'];
    const loop = startWith(
      store,
      sender({ store, clock: clock.now, poster: requests, paymentSecrets, timeoutMs }),
    );
    onTestFinished(() => requests.close());
    return loop;
  };
  return { clock, open, start, startWith };
}

/** Puts a delivery on its way, as of a buyer's address. */
export const put = (store: Store, clock: () => number, id: string, url: string, maxAttempts = 4) =>
  store.transact(enqueue({ id, url, name: 'test', content, maxAttempts }, clock()));

/** A delivery as it is kept. */
export const recordOf = async (store: Store, id: string) => (await store.get(deliveryTable, id))?.value;

/** Has a receiver answer once, so that it is known to. */
export async function proven(store: Store, clock: () => number, receiver: Receiver): Promise<void> {
  const before = receiver.requests.length;
  const id = `proof-${receiver.url}`;
  await put(store, clock, id, receiver.url);
  await eventually(async () => expect((await recordOf(store, id))?.state).toBe('DELIVERED'));
  expect(receiver.requests).toHaveLength(before + 1);
}
