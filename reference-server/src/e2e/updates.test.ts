import { Code } from '@connectrpc/connect';
import {
  EventType,
  PaymentEventType,
  ReservationEventType,
  type StreamReservationUpdatesResponse,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { bought, eventually, held, intentFor } from './booking.ts';
import { type Reader, read } from './reader.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const open = sharedSale({ holdSeconds: 60, admissionRate: 60_000 });

type ReservationsRequest = Parameters<Sale['updates']['streamReservationUpdates']>[0];
type PaymentsRequest = Parameters<Sale['updates']['streamPaymentUpdates']>[0];

const reservationsOf = ({ updates }: Sale, request: ReservationsRequest) =>
  read((signal) => updates.streamReservationUpdates(request, { signal }));
const paymentsOf = ({ updates }: Sale, request: PaymentsRequest) =>
  read((signal) => updates.streamPaymentUpdates(request, { signal }));

/** What a test looks at in an update. */
function shown({ type, reservationUpdate: update }: StreamReservationUpdatesResponse): string {
  if (type !== EventType.RESERVATION_UPDATE || update === undefined) {
    return EventType[type];
  }
  const { reservationId, oldStatus, newStatus, eventType } = update;
  return [
    reservationId,
    ReservationStatus[oldStatus],
    ReservationStatus[newStatus],
    ReservationEventType[eventType],
  ].join(' ');
}

const isUpdate = ({ type }: { readonly type: EventType }) => type !== EventType.HEARTBEAT;
const resumeOf = (reader: Reader<{ readonly sequence: bigint }>) => String(reader.messages.at(-1)?.sequence);

function growing(messages: readonly { readonly type: EventType; readonly sequence: bigint }[]): void {
  for (const [at, { type, sequence }] of messages.entries()) {
    const before = messages[at - 1];
    if (before !== undefined) {
      expect(
        sequence - before.sequence > 0n || (type === EventType.HEARTBEAT && sequence === before.sequence),
      ).toBe(true);
    }
  }
}

test('a buyer sees a reservation come, last longer, and become an order', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const reader = reservationsOf(sale, { userId });
  const first = await reader.next();
  // There is nothing yet: that the stream is open, and from where it can be continued.
  expect(first.type).toBe(EventType.HEARTBEAT);
  expect(first.sequence > 0n).toBe(true);

  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { reservationId } = await sale.reservations.createReservation(
    { eventId: sale.eventId, seatIds: ['A1'], userId },
    { headers: { traceparent } },
  );
  const created = await reader.next();
  expect(shown(created)).toBe(`${reservationId} UNSPECIFIED HOLD CREATED`);
  expect(created.correlationId).toBe('0af7651916cd43dd8448eb211c80319c');
  const { holdExpiresAt } = created.reservationUpdate ?? {};
  expect(holdExpiresAt).toBeDefined();

  await sale.reservations.extendHold({ reservationId, extensionSeconds: 30, userId });
  const extended = await reader.next();
  expect(shown(extended)).toBe(`${reservationId} HOLD HOLD UNSPECIFIED`);
  expect(Number(extended.reservationUpdate?.holdExpiresAt?.seconds)).toBe(
    Number(holdExpiresAt?.seconds) + 30,
  );

  const paymentIntentId = await intentFor(sale, reservationId, userId);
  await sale.payments.processPayment({ paymentIntentId });
  await sale.reservations.confirmReservation({ reservationId, paymentIntentId, userId });
  const confirmed = await reader.next();
  expect(shown(confirmed)).toBe(`${reservationId} HOLD CONFIRMED CONFIRMED`);
  expect(confirmed.reservationUpdate?.holdExpiresAt).toBeUndefined();
  growing(reader.messages);
});

test('a hold is said to lapse shortly, then to have lapsed, which ends a stream of that reservation alone', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const reservationId = await held(sale, { seatIds: ['A1'], userId });
  const named = reservationsOf(sale, { userId, reservationIds: [reservationId] });
  const all = reservationsOf(sale, { userId });
  for (const reader of [named, all]) {
    expect(shown(await reader.next())).toBe(`${reservationId} UNSPECIFIED HOLD UNSPECIFIED`);
  }
  sale.clock.advance(46_000);
  for (const reader of [named, all]) {
    expect(shown(await reader.next(isUpdate))).toBe(`${reservationId} HOLD HOLD EXPIRING_SOON`);
  }
  sale.clock.advance(14_000);
  for (const reader of [named, all]) {
    expect(shown(await reader.next(isUpdate))).toBe(`${reservationId} HOLD EXPIRED EXPIRED`);
  }
  expect(await named.ended).toBeUndefined();
  // Others may come.
  const another = await held(sale, { seatIds: ['A2'], userId });
  expect(shown(await all.next(isUpdate))).toBe(`${another} UNSPECIFIED HOLD CREATED`);
});

test('a stream says that it is alive when nothing else is to be said', async () => {
  const sale = await open();
  const reader = reservationsOf(sale, { userId: `buyer-${sale.eventId}` });
  const { sequence } = await reader.next();
  for (let beat = 0; beat < 3; beat++) {
    sale.clock.advance(15_000);
    const heartbeat = await reader.next();
    expect(heartbeat).toMatchObject({ type: EventType.HEARTBEAT, sequence, correlationId: '' });
    expect(Number(heartbeat.timestamp?.seconds)).toBe(Math.floor(sale.clock.now() / 1000));
  }
});

test('only the reservations that were named are followed', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const ids = [
    await held(sale, { seatIds: ['A1'], userId }),
    await held(sale, { seatIds: ['A2'], userId }),
    await held(sale, { seatIds: ['A3'], userId }),
  ] as const;
  const reader = reservationsOf(sale, { userId, reservationIds: [ids[0], ids[2]] });
  await reader.next();
  await reader.next();
  for (const reservationId of ids.toReversed()) {
    await sale.reservations.cancelReservation({ reservationId, userId });
  }
  expect(await reader.ended).toBeUndefined();
  expect(reader.messages.map(shown)).toEqual([
    `${ids[0]} UNSPECIFIED HOLD UNSPECIFIED`,
    `${ids[2]} UNSPECIFIED HOLD UNSPECIFIED`,
    `${ids[2]} HOLD CANCELLED CANCELLED`,
    `${ids[0]} HOLD CANCELLED CANCELLED`,
  ]);
});

test('whoever reconnects in the middle of a run of changes has missed nothing and gets nothing twice', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const whole = reservationsOf(sale, { userId });
  await whole.next();

  let running = true;
  const work = (async () => {
    for (let round = 0; running; round++) {
      const seats = ['A', 'B'].map((row) => `${row}${(round % 10) + 1}`);
      const ids = await Promise.all(seats.map((seatId) => held(sale, { seatIds: [seatId], userId })));
      await Promise.all(
        ids.map((reservationId) => sale.reservations.cancelReservation({ reservationId, userId })),
      );
    }
  })();

  const pieces: StreamReservationUpdatesResponse[] = [];
  let resumeToken = String(whole.messages[0]?.sequence);
  for (let piece = 0; piece < 12; piece++) {
    const reader = reservationsOf(sale, { userId, resumeToken });
    for (let updates = 0; updates < 1 + (piece % 4); updates++) {
      await reader.next(isUpdate);
    }
    await reader.stop();
    pieces.push(...reader.messages);
    resumeToken = resumeOf(reader);
  }
  running = false;
  await work;
  const rest = reservationsOf(sale, { userId, resumeToken });
  const end = await held(sale, { seatIds: ['B10'], userId });
  const isEnd = (update: StreamReservationUpdatesResponse) => update.reservationUpdate?.reservationId === end;
  await rest.next(isEnd);
  await whole.next(isEnd);
  pieces.push(...rest.messages);

  growing(pieces);
  const told = (messages: readonly StreamReservationUpdatesResponse[]) =>
    messages
      .filter(isUpdate)
      .map(
        ({ sequence, reservationUpdate: update }) =>
          `${sequence} ${update?.reservationId} ${update?.newStatus}`,
      );
  expect(told(pieces)).toEqual(told(whole.messages));
  expect(told(pieces).length).toBeGreaterThan(30);
});

test('who was cut off in the middle of the state, or comes with a number of no use, gets the state', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const ids: string[] = [];
  for (const seatId of ['A1', 'A2', 'A3']) {
    ids.push(await held(sale, { seatIds: [seatId], userId }));
    sale.clock.advance(1);
  }
  const state = ids.map((id) => `${id} UNSPECIFIED HOLD UNSPECIFIED`);
  const whole = reservationsOf(sale, { userId });
  const tokens = ['0', '1', '9999999999999999999', String(Date.now())];
  for (const _ of ids) {
    tokens.push(String((await whole.next()).sequence));
  }
  const complete = tokens.pop();
  for (const resumeToken of tokens) {
    const again = reservationsOf(sale, { userId, resumeToken });
    for (const expected of state) {
      expect(shown(await again.next()), resumeToken).toBe(expected);
    }
  }
  const resumed = reservationsOf(sale, { userId, resumeToken: complete ?? '' });
  expect((await resumed.next()).type).toBe(EventType.HEARTBEAT);
  // What is known of the reservations is known to a stream that did not have to say it.
  await sale.reservations.cancelReservation({ reservationId: ids[0] ?? '', userId });
  expect(shown(await resumed.next())).toBe(`${ids[0]} HOLD CANCELLED CANCELLED`);
});

test('a buyer sees a payment begin, be declined, and another one succeed', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const reader = paymentsOf(sale, { userId });
  await reader.next();
  const reservationId = await held(sale, { seatIds: ['A1'], userId });
  const failing = await intentFor(sale, reservationId, userId, PaymentScenario.FAIL);
  await sale.payments.processPayment({ paymentIntentId: failing });
  const paid = await intentFor(sale, reservationId, userId);
  await sale.payments.processPayment({ paymentIntentId: paid });
  await eventually(async () => expect(reader.messages).toHaveLength(5));
  const updates = reader.messages
    .slice(1)
    .map(({ paymentUpdate: update }) => [
      update?.paymentIntentId,
      PaymentStatus[update?.oldStatus ?? 0],
      PaymentStatus[update?.newStatus ?? 0],
      PaymentEventType[update?.eventType ?? 0],
    ]);
  expect(updates).toEqual([
    [failing, 'UNSPECIFIED', 'PENDING', 'CREATED'],
    [failing, 'PENDING', 'FAILED', 'FAILED'],
    [paid, 'UNSPECIFIED', 'PENDING', 'CREATED'],
    [paid, 'PENDING', 'COMPLETED', 'COMPLETED'],
  ]);
  growing(reader.messages);
});

test('a payment that takes its time, one that is refunded, and an intent that lapses', async () => {
  const sale = await open();
  const userId = `buyer-${sale.eventId}`;
  const late = await intentFor(
    sale,
    await held(sale, { seatIds: ['A1'], userId }),
    userId,
    PaymentScenario.DELAY,
  );
  const lapsing = await intentFor(sale, await held(sale, { seatIds: ['A2'], userId }), userId);
  const follow = (paymentIntentId: string) =>
    paymentsOf(sale, { userId, paymentIntentIds: [paymentIntentId] });
  const [delayed, lapsed] = [follow(late), follow(lapsing)];
  const statusOf = async (reader: typeof delayed) =>
    PaymentStatus[(await reader.next(isUpdate)).paymentUpdate?.newStatus ?? 0];
  expect([await statusOf(delayed), await statusOf(lapsed)]).toEqual(['PENDING', 'PENDING']);

  await sale.payments.processPayment({ paymentIntentId: late });
  expect(await statusOf(delayed)).toBe('PROCESSING');
  // Its answer comes after the hold has lapsed: the worker refunds it, after which nothing more can come.
  sale.clock.advance(61_000);
  expect([await statusOf(delayed), await statusOf(delayed)]).toEqual(['COMPLETED', 'REFUNDED']);
  expect(await delayed.ended).toBeUndefined();
  expect(await statusOf(lapsed)).toBe('EXPIRED');
  expect(await lapsed.ended).toBeUndefined();
});

test('a service may follow what belongs to several buyers', async () => {
  const sale = await open();
  const buyers = ['one', 'two'].map((name) => `${name}-${sale.eventId}`);
  const orders = await Promise.all(
    buyers.map((userId, row) => bought(sale, { userId, seatIds: [`${'AB'[row]}1`] })),
  );
  // In the dev profile a caller without credentials or a user acts for anyone.
  const reservationIds = orders.map(({ reservationId }) => reservationId);
  const reader = reservationsOf(sale, { reservationIds });
  await reader.next();
  await reader.next();
  expect(reader.messages.map(shown)).toEqual(
    reservationIds.map((id) => `${id} UNSPECIFIED CONFIRMED UNSPECIFIED`),
  );
});

test('a reservation or a payment that does not exist is NOT_FOUND', async () => {
  const sale = await open();
  const missing = [
    reservationsOf(sale, { userId: 'buyer', reservationIds: ['none'] }),
    paymentsOf(sale, { userId: 'buyer', paymentIntentIds: ['none'] }),
  ];
  for (const reader of missing) {
    expect((await reader.ended)?.code).toBe(Code.NotFound);
  }
});
