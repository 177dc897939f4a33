import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import {
  EventType,
  QueueEventType,
  QueueStatus,
  type StreamQueueUpdatesResponse,
  SystemEventType,
} from '@traffic-tacos/contracts/gateway/v1';
import { expect, test } from 'vitest';
import { read } from './reader.ts';
import type { EventInit } from './sale.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

/** Lets in one buyer a second and ten at a time. */
const open = sharedSale({ admissionRate: 60, maxActiveBuyers: 10_000 });

const join = async ({ queue, eventId }: Sale): Promise<string> =>
  (await queue.joinQueue({ eventId, idempotencyKey: crypto.randomUUID() })).waitingToken;

const follow = (
  { updates }: Sale,
  waitingToken: string,
  more: { eventId?: string; resumeToken?: string } = {},
) => read((signal) => updates.streamQueueUpdates({ waitingToken, ...more }, { signal }));

function shown({ type, queueUpdate, systemUpdate }: StreamQueueUpdatesResponse): string {
  switch (type) {
    case EventType.QUEUE_UPDATE:
      return `${QueueEventType[queueUpdate?.eventType ?? 0]} ${queueUpdate?.position}`;
    case EventType.SYSTEM_UPDATE:
      return SystemEventType[systemUpdate?.eventType ?? 0] ?? '';
    default:
      return EventType[type];
  }
}

const is = (text: string) => (update: StreamQueueUpdatesResponse) => shown(update) === text;

/** Changes what the catalog has of the event. */
async function change({ catalog, eventId }: Sale, fields: EventInit): Promise<void> {
  const { error } = await catalog.updateEvent({
    event: { id: eventId, ...fields },
    updateMask: {
      paths: Object.keys(fields).map((name) =>
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ),
    },
    idempotencyKey: crypto.randomUUID(),
  });
  expect(error).toBeUndefined();
}

/** Lets time pass in steps, so that those who are due to ask do. */
async function pass({ clock }: Sale, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

test('a buyer moves up, gets the turn, and loses it by not using it, which ends the stream', async () => {
  const sale = await open();
  const [first, ...others] = [await join(sale), await join(sale), await join(sale), await join(sale)];
  const ahead = follow(sale, first ?? '');
  expect(await ahead.next()).toMatchObject({
    type: EventType.QUEUE_UPDATE,
    queueUpdate: {
      eventType: QueueEventType.ADMISSION_READY,
      position: 0,
      etaSeconds: 0,
      admissionReady: true,
    },
  });
  const reader = follow(sale, others.at(-1) ?? '');
  const begin = await reader.next();
  expect(shown(begin)).toBe('POSITION_CHANGED 3');
  expect(begin.queueUpdate).toMatchObject({ waitingToken: others.at(-1), admissionReady: false });
  await pass(sale, 6);
  await reader.next(is('ADMISSION_READY 0'));
  const positions = reader.messages.filter(({ queueUpdate }) => queueUpdate?.eventType === 1);
  expect(positions.map(({ queueUpdate }) => queueUpdate?.position)).toEqual(
    positions.map(({ queueUpdate }) => queueUpdate?.position).toSorted((a = 0, b = 0) => b - a),
  );
  sale.clock.advance(61_000);
  const end = await reader.next(is('TOKEN_EXPIRED 0'));
  expect(end.queueUpdate).toMatchObject({ etaSeconds: -1, admissionReady: false });
  expect(await reader.ended).toBeUndefined();
  const sequences = reader.messages.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.toSorted((a, b) => Number(a - b)));
});

test('an open stream keeps the place; who leaves ends it', async () => {
  const sale = await open({ admissionRatePerMinute: 0 });
  const [kept, lost] = [await join(sale), await join(sale)];
  const reader = follow(sale, kept);
  await reader.next();
  // Longer than a place lasts that nobody asks for.
  for (let round = 0; round < 6; round++) {
    sale.clock.advance(28_000);
    await pass(sale, 1);
  }
  const { status } = await sale.queue.getQueueStatus({ waitingToken: kept });
  expect(status).toBe(QueueStatus.WAITING);
  expect((await follow(sale, lost).next()).queueUpdate?.eventType).toBe(QueueEventType.TOKEN_EXPIRED);
  await sale.queue.leaveQueue({ waitingToken: kept, idempotencyKey: crypto.randomUUID() });
  sale.clock.advance(29_000);
  expect(await reader.ended).toBeUndefined();
  expect(reader.messages.at(-1)?.queueUpdate).toMatchObject({ position: 0, etaSeconds: -1 });
});

test('those who wait are told when admissions stop and go on, and what becomes of the line', async () => {
  // So slow that nobody gets their turn meanwhile.
  const sale = await open({ admissionRatePerMinute: 1 });
  await join(sale);
  const waitingToken = await join(sale);
  const reader = follow(sale, waitingToken);
  expect(shown(await reader.next())).toBe('POSITION_CHANGED 1');
  await change(sale, { status: SaleStatus.PAUSED });
  sale.clock.advance(1_000);
  expect(shown(await reader.next())).toBe('QUEUE_PAUSED 1');
  // Who opens a stream now learns it at once.
  expect(shown(await follow(sale, waitingToken).next())).toBe('QUEUE_PAUSED 1');

  await change(sale, { admissionRatePerMinute: 2 });
  sale.clock.advance(1_000);
  const changed = await reader.next(is('ADMISSION_RATE_CHANGED'));
  expect(changed.systemUpdate).toMatchObject({ eventId: sale.eventId, totalWaiting: 1, admissionRate: 0 });

  await change(sale, { status: SaleStatus.ON_SALE, admissionRatePerMinute: 0 });
  sale.clock.advance(1_000);
  await reader.next(is('QUEUE_RESUMED 1'));

  await change(sale, { status: SaleStatus.CANCELLED });
  sale.clock.advance(1_000);
  await reader.next(is('EVENT_CANCELLED'));
  // As who asks for the status is told.
  expect((await reader.ended)?.code).toBe(Code.FailedPrecondition);
});

test('a place that was reconnected to is told as it is now, with a greater number', async () => {
  const sale = await open();
  await join(sale);
  const waitingToken = await join(sale);
  const first = follow(sale, waitingToken);
  const { sequence } = await first.next();
  await first.stop();
  const again = follow(sale, waitingToken, { resumeToken: String(sequence) });
  const update = await again.next();
  expect(update.type).toBe(EventType.QUEUE_UPDATE);
  expect(update.sequence > sequence).toBe(true);
});

test('a token that is not from here, or for another event, is NOT_FOUND', async () => {
  const sale = await open();
  const other = await open();
  const waitingToken = await join(sale);
  for (const reader of [
    follow(sale, `${waitingToken}x`),
    follow(sale, 'w1.WyJzaG93IiwxLDFd.AAAA'),
    follow(sale, waitingToken, { eventId: other.eventId }),
  ]) {
    expect((await reader.ended)?.code).toBe(Code.NotFound);
  }
  expect((await follow(sale, waitingToken, { eventId: sale.eventId }).next()).type).toBe(
    EventType.QUEUE_UPDATE,
  );
});

test('a sale that ends is told to those who wait in the words of GetQueueStatus', async () => {
  const sale = await open((now) => ({ saleEndTime: timestampFromMs(now + 20_000) }));
  await join(sale);
  await change(sale, { admissionRatePerMinute: 0 });
  const reader = follow(sale, await join(sale));
  await reader.next();
  sale.clock.advance(21_000);
  expect((await reader.ended)?.code).toBe(Code.FailedPrecondition);
});
