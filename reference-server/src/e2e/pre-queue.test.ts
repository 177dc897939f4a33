import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { expect, test } from 'vitest';
import { askRest } from './ask.ts';
import { childServer } from './child-server.ts';
import { dataDirectory } from './data-directory.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { type EventInit, putOnSale, saleOf } from './sale.ts';
import { type Clients, clientsOf, patience, type Served } from './serve.ts';
import { sharedSale } from './shared-sale.ts';

const HOUR_MS = 3_600_000;

const sale = sharedSale({ admissionRate: 0 });

/** A sale in an hour, with a pre-queue that opens half an hour before. */
const withDraw = (now: number): EventInit => ({
  saleStartTime: timestampFromMs(now + HOUR_MS),
  preQueue: { opensAt: timestampFromMs(now + HOUR_MS / 2), seedHash: 'mine', seed: 'of my choice' },
});

const join = async ({ queue }: Clients, eventId: string, userId = '') => {
  const joined = await queue.joinQueue({ eventId, userId });
  expect(refusalOf(joined)).toBeUndefined();
  return joined;
};

/** What anybody can read from a waiting token. */
function numberOf(waitingToken: string, eventId: string): number {
  const [id, number] = JSON.parse(Buffer.from(waitingToken.split('.')[1] ?? '', 'base64url').toString());
  expect(id).toBe(eventId);
  return number as number;
}

/** The lot of a number, by what the contract says. */
function lotOf(seed: string, eventId: string, number: number): string {
  const text = Buffer.concat([Buffer.from(seed, 'hex'), Buffer.from(`${eventId}/${number}`)]);
  return createHash('sha256').update(text).digest('hex');
}

const preQueueOf = async ({ catalog }: Clients, eventId: string) =>
  (await catalog.getEvent({ eventId })).event?.preQueue;

const positions = ({ queue }: Clients, tokens: readonly string[]) =>
  Promise.all(tokens.map(async (waitingToken) => (await queue.getQueueStatus({ waitingToken })).position));

function change({ catalog, eventId }: Served, event: EventInit, ...paths: string[]) {
  return catalog.updateEvent({ event: { ...event, id: eventId }, updateMask: { paths } });
}

test('an outsider checks the draw: seed by its hash, order by the seed, newcomers behind', async () => {
  const served = await sale(withDraw);
  const { clock, eventId } = served;
  const published = await preQueueOf(served, eventId);
  expect(published).toMatchObject({ seed: '', seedHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const refused = await served.queue.joinQueue({ eventId, userId: 'too early' });
  expect(refusalOf(refused)).toMatchObject({ details: ['event_id SALE_SCHEDULED'] });
  expect(refusalOf(refused)?.message).toContain('its pre-queue opens at');

  clock.advance(HOUR_MS / 2);
  const early = await Promise.all(
    Array.from({ length: 40 }, (_, buyer) => join(served, eventId, buyer % 4 === 0 ? '' : `b${buyer}`)),
  );
  for (const each of early) {
    expect(each).toMatchObject({ status: QueueStatus.WAITING, position: 0, etaSeconds: -1 });
  }
  const numbers = early.map(({ waitingToken }) => numberOf(waitingToken, eventId));
  expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, at) => at + 1));
  const [first] = early;
  const entered = await served.queue.requestAdmission({ waitingToken: first?.waitingToken ?? '' });
  expect(refusalOf(entered)).toMatchObject({ details: ['waiting_token NOT_YOUR_TURN'] });
  expect((await preQueueOf(served, eventId))?.seed, 'nobody can know the draw').toBe('');
  const gone = early[11]?.waitingToken ?? '';
  await served.queue.leaveQueue({ waitingToken: gone });

  const stayed = early.map(({ waitingToken }) => waitingToken).filter((token) => token !== gone);
  for (let minute = 0; minute < 30; minute++) {
    clock.advance(60_000);
    await positions(served, stayed);
  }
  const newcomer = await join(served, eventId, 'newcomer');
  const revealed = await preQueueOf(served, eventId);
  const seed = revealed?.seed ?? '';
  expect(createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex')).toBe(published?.seedHash);
  expect(revealed?.seedHash).toBe(published?.seedHash);

  const lots = new Map(stayed.map((token) => [token, lotOf(seed, eventId, numberOf(token, eventId))]));
  const order = [...stayed].sort((a, b) => ((lots.get(a) ?? '') < (lots.get(b) ?? '') ? -1 : 1));
  order.push(newcomer.waitingToken);
  expect(newcomer.position).toBe(order.length);
  expect(await positions(served, order)).toEqual(order.map((_, at) => at + 1));

  await change(served, { admissionRatePerMinute: 60 }, 'admission_rate_per_minute');
  clock.advance(1_000);
  await expect
    .poll(async () => (await served.queue.getQueueStatus({ waitingToken: order[0] ?? '' })).status)
    .toBe(QueueStatus.READY);
  expect((await served.queue.getQueueStatus({ waitingToken: order[1] ?? '' })).position).toBe(1);
});

test('nobody can change a draw that people wait for, and nobody can choose its seed', async () => {
  const served = await sale(withDraw);
  const { clock, eventId } = served;
  const before = await preQueueOf(served, eventId);
  const opensAt = timestampFromMs(clock.now() + HOUR_MS / 4);
  await change(served, { preQueue: { opensAt, seedHash: '00'.repeat(32), seed: '00' } }, 'pre_queue');
  expect(await preQueueOf(served, eventId)).toMatchObject({ opensAt, seedHash: before?.seedHash, seed: '' });

  clock.advance(HOUR_MS / 4);
  await join(served, eventId, 'ann');
  for (const preQueue of [undefined, { opensAt: timestampFromMs(clock.now() + 1_000) }]) {
    const answer = await change(served, preQueue === undefined ? {} : { preQueue }, 'pre_queue');
    expect(refusalOf(answer)?.details).toEqual(['event.pre_queue PRE_QUEUE_HAS_OPENED']);
  }
  const unrelated = await change(served, { name: 'Another', preQueue: { seedHash: 'x', opensAt } }, 'name');
  expect(unrelated.event?.preQueue).toMatchObject({ seedHash: before?.seedHash, seed: '' });

  clock.advance(HOUR_MS);
  const seed = (await preQueueOf(served, eventId))?.seed;
  expect(seed).toMatch(/^[0-9a-f]{64}$/);
  const sooner = await change(served, { saleStartTime: timestampFromMs(0) }, 'sale_start_time');
  expect(refusalOf(sooner)?.details).toEqual(['event.sale_start_time SALE_HAS_STARTED']);
  const late = await change(served, { preQueue: { opensAt } }, 'pre_queue');
  expect(refusalOf(late)?.code).toBe('FAILED_PRECONDITION');
  expect((await preQueueOf(served, eventId))?.seed).toBe(seed);
});

test('a pre-queue opens before its sale, also when either is moved, and is seen in the list', async () => {
  const served = await sale(withDraw);
  const { clock, eventId } = served;
  const at = (ms: number) => timestampFromMs(clock.now() + ms);
  const preQueue = { opensAt: at(HOUR_MS) };
  const wrong = ['event.pre_queue.opens_at NOT_BEFORE_SALE'];
  expect(await failureOf(change(served, { preQueue }, 'pre_queue'))).toMatchObject({ details: wrong });
  expect(
    await failureOf(change(served, { saleStartTime: at(HOUR_MS / 2) }, 'sale_start_time')),
  ).toMatchObject({ details: wrong });
  const event = saleOf({ now: clock.now(), event: { id: 'none', preQueue } });
  expect(await failureOf(served.catalog.createEvent({ event }))).toMatchObject({
    details: ['event EVENT_PRE_QUEUE_OPENS_AT'],
  });

  const { events } = await served.catalog.listEvents({ pagination: { pageSize: 100 } });
  const listed = events.find((each) => each.event?.id === eventId);
  expect(listed).toMatchObject({ status: SaleStatus.SCHEDULED, preQueueOpensAt: at(HOUR_MS / 2) });
  await change(served, {}, 'pre_queue');
  expect(await preQueueOf(served, eventId)).toBeUndefined();
});

test('the seed is in no answer before its time, on no door', async () => {
  const served = await sale((now) => ({
    ...withDraw(now),
    preQueue: { opensAt: timestampFromMs(now - HOUR_MS) },
  }));
  const { eventId, clock, store } = served;
  const { eventTable } = await import('../services/catalog/index.ts');
  const seed = (await store.get(eventTable, eventId))?.value.seed ?? '';
  expect(seed).toMatch(/^[0-9a-f]{64}$/);
  const answers = async () => [
    await served.catalog.getEvent({ eventId, includeLayout: true }),
    await change(served, { name: 'Shows' }, 'name'),
    await served.catalog.listEvents({ pagination: { pageSize: 100 } }),
    (await askRest(served.url, 'GET', `/api/v1/events/${eventId}`)).body,
  ];
  const text = (value: unknown) =>
    JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
  for (const answer of await answers()) {
    expect(text(answer)).not.toContain(seed);
  }
  clock.advance(HOUR_MS);
  const [shown] = await answers();
  expect(text(shown)).toContain(seed);
});

test('killed while people wait for the draw, and again after it: the draw is the same', {
  timeout: 120_000,
}, async () => {
  const data = await dataDirectory();
  const start = async () => {
    const server = await childServer(
      ...([data, '--no-demo', '--admission-rate', '0', '--rate-limits', 'off', '--shedding', 'off'] as const),
      ...['--min-deadline-ms', String(patience.minDeadlineMs)],
    );
    return { ...server, ...clientsOf(server.url) };
  };
  let server = await start();
  const now = Date.now();
  const eventId = 'show';
  const startsAt = now + 600_000;
  const times = {
    saleStartTime: timestampFromMs(startsAt),
    preQueue: { opensAt: timestampFromMs(now - HOUR_MS) },
  };
  await putOnSale(server, saleOf({ event: times }));
  const published = await preQueueOf(server, eventId);
  const tokens = await Promise.all(
    Array.from({ length: 100 }, async (_, buyer) => (await join(server, eventId, `b${buyer}`)).waitingToken),
  );

  await server.kill();
  server = await start();
  expect(new Set(await positions(server, tokens))).toEqual(new Set([0]));
  expect((await join(server, eventId, 'b5')).waitingToken).toBe(tokens[5]);
  // As good as waiting for it.
  await server.catalog.updateEvent({
    event: { id: eventId, saleStartTime: timestampFromMs(Date.now() + 200) },
    updateMask: { paths: ['sale_start_time'] },
  });
  let seed = '';
  while (seed === '') {
    await delay(50);
    seed = (await preQueueOf(server, eventId))?.seed ?? '';
  }
  expect(createHash('sha256').update(Buffer.from(seed, 'hex')).digest('hex')).toBe(published?.seedHash);
  const lot = (token: string) => lotOf(seed, eventId, numberOf(token, eventId));
  const order = [...tokens].sort((a, b) => (lot(a) < lot(b) ? -1 : 1));
  const late = (await join(server, eventId, 'late')).waitingToken;

  for (let kills = 0; kills < 2; kills++) {
    await server.kill();
    server = await start();
    expect(await positions(server, [...order, late])).toEqual([...order, late].map((_, at) => at + 1));
  }
});
