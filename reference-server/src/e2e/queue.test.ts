import { QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { expect, test } from 'vitest';
import { childServer } from './child-server.ts';
import { adjustableClock } from './clock.ts';
import { dataDirectory } from './data-directory.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, clientsOf, patience, serve } from './serve.ts';

const joinAs = async ({ queue }: Clients, userId: string) => {
  const joined = await queue.joinQueue({ eventId: 'show', userId, idempotencyKey: crypto.randomUUID() });
  expect(refusalOf(joined)).toBeUndefined();
  return joined;
};

const statusOf = ({ queue }: Clients, waitingToken: string) => queue.getQueueStatus({ waitingToken });

interface Line {
  readonly ready: string[];
  readonly waiting: string[];
}

/** Tokens of those whose turn has come, and of the others in the order of the line; once nobody moves any more. */
async function line(clients: Clients, tokens: readonly string[], before?: Line): Promise<Line> {
  const places = await Promise.all(
    tokens.map(async (token) => ({ token, ...(await statusOf(clients, token)) })),
  );
  const inLine = places.filter(({ status }) => status === QueueStatus.WAITING);
  inLine.sort((a, b) => a.position - b.position);
  const ready = places.filter(({ admissionReady }) => admissionReady).map(({ token }) => token);
  const now = { ready, waiting: inLine.map(({ token }) => token) };
  if (before?.ready.length !== ready.length) {
    return line(clients, tokens, now);
  }
  expect(inLine.map(({ position }) => position)).toEqual(inLine.map((_, at) => at + 1));
  expect(ready.length + inLine.length).toBe(tokens.length);
  return now;
}

test('buyers who come at once over many connections are let in exactly as they were told', {
  timeout: 120_000,
}, async () => {
  const clock = adjustableClock();
  const served = await serve({ clock: clock.now, settings: { admissionRate: 0 } });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const connections = Array.from({ length: 8 }, () => clientsOf(served.url));
  const joined = await Promise.all(
    Array.from({ length: 100 }, (_, buyer) => joinAs(connections[buyer % 8] as Clients, `buyer-${buyer}`)),
  );
  const told = [...joined].sort((a, b) => a.position - b.position);
  expect(told.map(({ position }) => position)).toEqual(told.map((_, at) => at + 1));
  const order = told.map(({ waitingToken }) => waitingToken);
  // Whoever gives up or asks twice meanwhile changes nothing between the others.
  const gone = new Set(order.filter((_, at) => at % 17 === 3));
  await Promise.all(
    [...gone].map((waitingToken, at) =>
      (connections[at % 8] as Clients).queue.leaveQueue({
        waitingToken,
        idempotencyKey: crypto.randomUUID(),
      }),
    ),
  );
  await Promise.all(
    joined.slice(0, 9).map((_, buyer) => joinAs(connections[7] as Clients, `buyer-${buyer}`)),
  );
  let left = order.filter((token) => !gone.has(token));
  expect((await line(served, left)).waiting).toEqual(left);

  await served.catalog.updateEvent({
    event: { id: 'show', admissionRatePerMinute: 1_800 },
    updateMask: { paths: ['admission_rate_per_minute'] },
  });
  for (const start = left; left.length > 0; ) {
    clock.advance(500);
    const now = await line(connections[3] as Clients, start);
    expect(now.waiting).toEqual(start.slice(start.length - now.waiting.length));
    expect(new Set(now.ready)).toEqual(new Set(start.slice(0, now.ready.length)));
    left = now.waiting;
  }
});

test('killed in the middle of a sale, everybody is where they were', { timeout: 300_000 }, async () => {
  const data = await dataDirectory();
  const start = async () => {
    const server = await childServer(
      data,
      ...['--no-demo', '--rate-limits', 'off', '--shedding', 'off', '--max-active-buyers', '5'],
      ...['--slow-service-ms', '0'],
      ...['--reservation-token-seconds', '600'],
      ...['--min-deadline-ms', String(patience.minDeadlineMs)],
    );
    return { ...server, ...clientsOf(server.url) };
  };
  let server = await start();
  await putOnSale(server, saleOf({}));
  const tokens: string[] = [];
  for (let buyer = 0; buyer < 30; buyer++) {
    tokens.push((await joinAs(server, `buyer-${buyer}`)).waitingToken);
  }
  const admitted = new Map<string, string>();
  let { ready, waiting } = await line(server, tokens);
  expect(ready).toEqual(tokens.slice(0, 5));
  for (let kills = 0; kills < 2; kills++) {
    const [buyer, leaver, ...behind] = waiting as [string, string, ...string[]];
    // One of those inside reserves and cancels, which lets the next one in.
    const first = ready[0] as string;
    const userId = `buyer-${tokens.indexOf(first)}`;
    const { reservationToken } = await server.queue.requestAdmission({
      ...{ waitingToken: first, userId, idempotencyKey: crypto.randomUUID() },
    });
    const reserved = await server.reservations.createReservation({
      ...{ eventId: 'show', userId, quantity: 1, reservationToken, idempotencyKey: crypto.randomUUID() },
    });
    expect(refusalOf(reserved)).toBeUndefined();
    const { reservationId } = reserved;
    await server.reservations.cancelReservation({
      reservationId,
      userId,
      idempotencyKey: crypto.randomUUID(),
    });
    await server.queue.leaveQueue({ waitingToken: leaver, idempotencyKey: crypto.randomUUID() });
    await expect
      // At the latest when the hold of the cancelled reservation would have ended.
      .poll(async () => (await statusOf(server, buyer)).admissionReady, { timeout: 90_000 })
      .toBe(true);
    const second = ready[1] as string;
    const asked = await server.queue.requestAdmission({
      ...{
        waitingToken: second,
        userId: `buyer-${tokens.indexOf(second)}`,
        idempotencyKey: crypto.randomUUID(),
      },
    });
    admitted.set(second, asked.reservationToken);

    await server.kill();
    server = await start();
    for (const over of [first, leaver]) {
      tokens[tokens.indexOf(over)] = '';
    }
    const after = await line(
      server,
      tokens.filter((token) => token !== ''),
    );
    expect(after.waiting).toEqual(behind);
    expect(after.ready).toEqual([...ready.slice(1), buyer]);
    expect((await statusOf(server, leaver)).status).toBe(QueueStatus.LEFT);
    expect((await statusOf(server, first)).status).toBe(QueueStatus.EXPIRED);
    const again = await server.queue.requestAdmission({
      ...{
        waitingToken: second,
        userId: `buyer-${tokens.indexOf(second)}`,
        idempotencyKey: crypto.randomUUID(),
      },
    });
    expect(again.admission).toBe(1);
    ({ ready, waiting } = after);
  }
  const newcomer = await joinAs(server, 'newcomer');
  expect(newcomer.position).toBe(waiting.length + 1);
});

test('SECURITY 23: joining again gives the same place, whatever connection, key or restart lies between', async () => {
  const served = await serve({ settings: { admissionRate: 0 } });
  await putOnSale(served, saleOf({}));
  const first = await joinAs(served, 'ann');
  const places = await Promise.all(Array.from({ length: 20 }, () => joinAs(clientsOf(served.url), 'ann')));
  await joinAs(served, 'bob');
  for (const place of [...places, await joinAs(served, 'ann')]) {
    expect(place.waitingToken).toBe(first.waitingToken);
    expect(place.position).toBe(first.position);
  }
  const { waitingToken } = first;
  await served.queue.leaveQueue({ waitingToken, idempotencyKey: crypto.randomUUID() });
  expect((await joinAs(served, 'ann')).waitingToken, 'who has left comes back at the end').not.toBe(
    waitingToken,
  );
});

test('SECURITY 9: a buyer has one live reservation token, however often they leave and join', async () => {
  const clock = adjustableClock();
  const served = await serve({ clock: clock.now });
  await putOnSale(served, saleOf({ now: clock.now() }));
  const enter = async () => {
    const { waitingToken } = await joinAs(served, 'ann');
    const entered = await served.queue.requestAdmission({
      ...{ waitingToken, userId: 'ann', idempotencyKey: crypto.randomUUID() },
    });
    await served.queue.leaveQueue({ waitingToken, idempotencyKey: crypto.randomUUID() });
    return entered;
  };
  const first = await enter();
  expect(first.reservationToken).not.toBe('');
  for (let time = 0; time < 5; time++) {
    const refused = await enter();
    expect(refused.reservationToken).toBe('');
    expect(refusalOf(refused)?.details).toEqual(['waiting_token ALREADY_ADMITTED']);
  }
  clock.advance(30_000);
  expect((await enter()).reservationToken).not.toBe('');
});
