import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { reservationTable } from '../services/reservation/index.ts';
import { held } from './booking.ts';
import { childServer } from './child-server.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { putOnSale, saleOf } from './sale.ts';
import { serveOn } from './serve.ts';

test('while a server that stops still takes calls, its worker does what comes due', async () => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  onTestFinished(() => store.close());
  const served = await serveOn({ store, clock: clock.now, worker: true });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const closing = served.close({ drainDelayMs: 3_000 });
  expect((await fetch(`${served.url}/readyz`)).status).toBe(503);
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  clock.advance(60_000);
  await closing;

  expect((await store.get(reservationTable, reservationId))?.value.state).toBe('EXPIRED');
});

test('a process that is told to stop says so for as long as it is set to, and serves meanwhile', async () => {
  const flags = ['--no-demo', '--drain-delay-ms', '3000', '--grace-ms', '20000'];
  const { url, stop } = await childServer(await dataDirectory(), ...flags);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const stopped = stop();
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(200);

  expect(await stopped).toBe(0);
  await expect(fetch(`${url}/readyz`)).rejects.toThrow();
}, 60_000);
