import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../testing/index.ts';
import { bought, held, seatsByStatus } from './booking.ts';
import { childServer, spawnCli } from './child-server.ts';
import { dataDirectory } from './data-directory.ts';
import { startIssuer } from './issuer.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, serve } from './serve.ts';

const DEMO = 'event_123, test, bts-concert-2024, evt_2025_1001, arena';

/** Runs the command line to its end. */
async function run(...args: readonly string[]) {
  const child = spawnCli(...args);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

test('seed puts the demo on sale; seed --reset puts it back as it was, and leaves everything else', async () => {
  const data = await dataDirectory();
  const settings = { memory: false, data, admissionRate: 0 };
  expect(await run('seed', '--data', data)).toEqual({
    code: 0,
    out: `${data}: put on sale: ${DEMO}\n`,
    err: '',
  });
  const before = await serve({ settings });
  await putOnSale(before, saleOf({}));
  const kept = await bought(before, { userId: 'ann', seatIds: ['A1'] });
  const keptHold = await held(before, { userId: 'bob', seatIds: ['A2'] });
  const gone = await bought(before, { eventId: 'event_123', userId: 'ann', seatIds: ['A1', 'A2'] });
  const goneHold = await held(before, { eventId: 'event_123', userId: 'bob', seatIds: ['A3'] });
  const place = await before.queue.joinQueue({ eventId: 'event_123', userId: 'ann' });
  const keptPlace = await before.queue.joinQueue({ eventId: 'show', userId: 'ann' });

  const refused = await run('seed', '--reset', '--data', data);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toBe(
    `data folder ${data} is in use by process ${process.pid}: stop that one or choose another folder\n`,
  );
  await before.close();
  const reset = await run('seed', '--reset', '--data', data);
  expect(reset).toMatchObject({ code: 0, err: '' });
  expect(reset.out).toMatch(/removed \d+ records of the demo; put on sale: /);
  expect(reset.out).toContain(DEMO);

  const after = await serve({ settings });
  expect(await seatsByStatus(after, 'event_123')).toMatchObject({ RESERVED: [], SOLD: [] });
  expect(await seatsByStatus(after)).toMatchObject({ RESERVED: ['A2'], SOLD: ['A1'] });
  const find = async (reservationId: string, userId: string) =>
    refusalOf(await after.reservations.getReservation({ reservationId, userId }))?.code;
  expect(await find(gone.reservationId, 'ann')).toBe('NOT_FOUND');
  expect(await find(goneHold, 'bob')).toBe('NOT_FOUND');
  expect(await find(kept.reservationId, 'ann')).toBeUndefined();
  expect(await find(keptHold, 'bob')).toBeUndefined();
  const paid = await after.payments.getPaymentStatus({
    paymentIntentId: gone.paymentIntentId,
    userId: 'ann',
  });
  expect(refusalOf(paid)?.code).toBe('NOT_FOUND');

  // Whoever waited there waits no more, and the limit of tickets counts from nothing.
  const asked = await after.queue.getQueueStatus({ waitingToken: place.waitingToken });
  expect(asked.position).toBe(0);
  const stays = await after.queue.getQueueStatus({ waitingToken: keptPlace.waitingToken });
  expect(stays.position).toBe(keptPlace.position);
  const again = await bought(after, { eventId: 'event_123', userId: 'ann', seatIds: ['A1', 'A2'] });
  expect(again.seatIds).toEqual(['A1', 'A2']);
}, 120_000);

/** Ids of what is on sale for everybody. */
async function onSale(url: string): Promise<string> {
  const { events } = await clientsOf(url).catalog.listEvents({});
  return events
    .map(({ event }) => event?.id)
    .sort()
    .join(', ');
}

const SORTED = DEMO.split(', ').sort().join(', ');

test('a strict server that is told to starts with the demo, every other setting at its default, in memory and on data', async () => {
  const issuer = await startIssuer(onTestFinished);
  const inMemory = await startTestServer({ settings: { profile: 'strict', demo: true, ...issuer.settings } });
  onTestFinished(() => inMemory.close({ graceMs: 0 }));
  expect(inMemory.seeded.join(', ')).toBe(DEMO);
  expect(await onSale(inMemory.url)).toBe(SORTED);

  const data = await dataDirectory();
  const strict = ['--profile', 'strict', '--dev-issuer', '--demo'];
  const first = await childServer(data, ...strict);
  expect(await onSale(first.url)).toBe(SORTED);
  expect(await first.stop()).toBe(0);
  expect(await run('seed', '--reset', '--data', data, ...strict)).toMatchObject({
    code: 0,
    out: expect.stringContaining(DEMO),
  });
  const again = await childServer(data, ...strict);
  expect(await onSale(again.url)).toBe(SORTED);
}, 120_000);
