import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorCode, SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { PaymentScenario } from '@traffic-tacos/contracts/payment/v1';
import { expect, test } from 'vitest';
import { refusal } from '../testdata/asked.ts';
import { openBoxOffice, untouched } from '../testdata/box-office.ts';
import { collect, errorOf } from '../testdata/collect.ts';

const unavailable = () => new ConnectError('starting', Code.Unavailable);

test('goes from the line to the ticket, step by step', async () => {
  const office = await openBoxOffice({ ahead: 4 });
  const { steps, error } = await collect(
    office.tacos.book({
      eventId: 'e',
      seatIds: ['A1', 'A2'],
      totalAmount: { amount: 100_000n, currency: 'KRW' },
    }),
  );
  expect(error).toBeUndefined();
  expect(steps).toMatchObject([
    { type: 'joined', position: 4, etaSeconds: undefined },
    { type: 'waiting', position: 3, etaSeconds: undefined },
    { type: 'waiting', position: 2, etaSeconds: 2 },
    { type: 'waiting', position: 1, etaSeconds: 1 },
    { type: 'admitted' },
    {
      type: 'reserved',
      reservationId: 'reservation-1',
      seats: [{ id: 'A1', status: SeatStatus.RESERVED }, { id: 'A2' }],
      totalAmount: { amount: 100_000n, currency: 'KRW' },
    },
    { type: 'paying', paymentIntentId: 'payment-1' },
    { type: 'paid', paymentIntentId: 'payment-1' },
    {
      type: 'confirmed',
      orderId: 'order-of-reservation-1',
      reservationId: 'reservation-1',
      seats: [{ id: 'A1', status: SeatStatus.SOLD }, { id: 'A2' }],
    },
  ]);
  expect(office.state()).toEqual({ inLine: 0, held: [], sold: ['A1', 'A2'] });
  expect(office.calls).toEqual([
    'joinQueue',
    ...Array(4).fill('getQueueStatus'),
    'requestAdmission',
    'createReservation',
    'createPaymentIntent',
    'processPayment',
    'confirmReservation',
  ]);
});

test('result() goes through all steps; a booking begins once', async () => {
  const office = await openBoxOffice();
  const booking = office.tacos.book({ eventId: 'e', quantity: 1 });
  expect(office.calls).toEqual([]);
  expect(await booking.result()).toMatchObject({ type: 'confirmed', seats: [{ id: 'A1' }] });
  await expect(booking.result()).rejects.toThrow('begun already');
  expect(() => booking[Symbol.asyncIterator]()).toThrow('begun already');
  expect(office.state().sold).toEqual(['A1']);
});

test('the dates of the steps are those of their rights', async () => {
  const office = await openBoxOffice();
  const before = Date.now();
  const { steps } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  const after = Date.now();
  for (const [step, seconds] of [
    [steps.find((one) => one.type === 'admitted')?.validUntil, 30],
    [steps.find((one) => one.type === 'reserved')?.holdExpiresAt, 60],
  ] as const) {
    expect(step?.getTime()).toBeGreaterThanOrEqual(before + seconds * 1_000 - 1_000);
    expect(step?.getTime()).toBeLessThanOrEqual(after + seconds * 1_000 + 1_000);
  }
});

test.each([
  ['delay', PaymentScenario.DELAY, ['paying', 'paid', 'confirmed'], undefined],
  ['fail', PaymentScenario.FAIL, ['paying'], 'PAYMENT_NOT_APPROVED'],
  ['timeout', PaymentScenario.TIMEOUT, ['paying'], 'PAYMENT_NOT_APPROVED'],
] as const)('the payment scenario %s', async (_, scenario, ending, code) => {
  const office = await openBoxOffice();
  const { types, error } = await collect(
    office.tacos.book({ eventId: 'e', quantity: 2, payment: { scenario } }),
  );
  expect(types).toEqual(['joined', 'admitted', 'reserved', ...ending]);
  if (code === undefined) {
    expect(error).toBeUndefined();
    expect(office.state().sold).toEqual(['A1', 'A2']);
  } else {
    expect(error).toMatchObject({ name: 'TacosError', code, status: Code.FailedPrecondition });
    expect(office.state()).toEqual(untouched);
    expect(office.calls.at(-1)).toBe('cancelReservation');
  }
});

test.each([
  ['seats that are taken', { seatIds: ['A1', 'A2'] }, 'INVENTORY_CONFLICT'],
  ['more seats than there are', { quantity: 4 }, 'INSUFFICIENT_INVENTORY'],
  ['another price', { seatIds: ['A2'], totalAmount: { amount: 1n, currency: 'KRW' } }, 'FAILED_PRECONDITION'],
] as const)('%s are refused, and the place in line is given up', async (_, wish, code) => {
  const office = await openBoxOffice();
  office.take('A1');
  const { types, error } = await collect(office.tacos.book({ eventId: 'e', ...wish }));
  expect(types).toEqual(['joined', 'admitted']);
  expect(error).toMatchObject({ name: 'TacosError', code, traceId: 'trace-of-the-office' });
  expect(office.state()).toEqual({ ...untouched, sold: ['A1'] });
  expect(office.calls.at(-1)).toBe('leaveQueue');
});

test.each([
  [{}, 'seatIds'],
  [{ seatIds: ['A1'], quantity: 1 }, 'seatIds'],
  [{ seatIds: [] }, 'seatIds'],
  [{ quantity: 0 }, 'quantity'],
  [{ quantity: 1.5 }, 'quantity'],
  [{ quantity: 1, eventId: '' }, 'eventId'],
])('nobody waits in line with %o', async (wrong, field) => {
  const office = await openBoxOffice();
  const request = { eventId: 'e', ...wrong } as unknown as Parameters<typeof office.tacos.book>[0];
  const error = await errorOf(office.tacos.book(request).result());
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', details: [{ field }] });
  expect(error.message).toContain(`${field} `);
  expect(office.calls).toEqual([]);
});

test('a right to reserve that lapsed before it was used is asked for anew, by the clock', async () => {
  const office = await openBoxOffice();
  const { types } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }), (step) => {
    if (step.type === 'admitted' && office.calls.filter((call) => call === 'requestAdmission').length === 1) {
      office.skip(31_000);
    }
  });
  expect(types).toEqual(['joined', 'admitted', 'admitted', 'reserved', 'paying', 'paid', 'confirmed']);
  expect(office.calls.filter((call) => call === 'createReservation')).toHaveLength(1);
});

test('a right that lapsed on the way is asked for anew, by the server’s word', async () => {
  const office = await openBoxOffice();
  office.before.createReservation = (nth) => {
    if (nth === 1) {
      office.skip(31_000);
    }
  };
  const { types } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  expect(types).toEqual(['joined', 'admitted', 'admitted', 'reserved', 'paying', 'paid', 'confirmed']);
  const keys = office.keys.filter(({ name }) => name === 'createReservation');
  expect(new Set(keys.map(({ key }) => key)).size).toBe(2);
});

test('a right that lapses every time ends the booking', async () => {
  const office = await openBoxOffice();
  office.before.createReservation = () => office.skip(31_000);
  const { error } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  expect(error).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: [{ reason: 'RESERVATION_TOKEN_EXPIRED' }],
  });
  expect(office.calls.filter((call) => call === 'createReservation')).toHaveLength(4);
  expect(office.state()).toEqual(untouched);
});

test('who is sent back when it seemed to be their turn goes on waiting', async () => {
  const office = await openBoxOffice();
  office.before.requestAdmission = (nth) => {
    if (nth === 1) {
      office.moveBack(2);
    }
  };
  const { types } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  expect(types).toEqual(['joined', 'waiting', 'admitted', 'reserved', 'paying', 'paid', 'confirmed']);
});

test('a place that has lapsed is no place to wait in', async () => {
  const office = await openBoxOffice({ ahead: 5 });
  const { types, error } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }), office.lapse);
  expect(types).toEqual(['joined']);
  expect(error).toMatchObject({ code: 'FAILED_PRECONDITION' });
  expect(office.calls).not.toContain('leaveQueue');
});

test('each step is one call under one key, however often it is sent', async () => {
  const office = await openBoxOffice({ ahead: 1 });
  // Calls are cut off after their effect the first time, and once in line they fail more often than the policy's
  // three attempts.
  office.after.joinQueue = (nth) => {
    if (nth === 1) {
      office.cut();
    }
  };
  for (const name of ['requestAdmission', 'createReservation', 'createPaymentIntent'] as const) {
    office.after[name] = (nth) => {
      if (nth <= 1) {
        office.cut();
      } else if (nth <= 4) {
        throw unavailable();
      }
    };
  }
  for (const name of ['processPayment', 'confirmReservation', 'getQueueStatus'] as const) {
    office.after[name] = (nth) => {
      if (nth <= 2) {
        throw unavailable();
      }
    };
  }
  const { error, types } = await collect(office.tacos.book({ eventId: 'e', quantity: 2 }));
  expect(error).toBeUndefined();
  expect(types.at(-1)).toBe('confirmed');
  const names = [
    'joinQueue',
    'requestAdmission',
    'createReservation',
    'createPaymentIntent',
    'processPayment',
    'confirmReservation',
  ] as const;
  const keys = names.map((name) => office.keys.filter((one) => one.name === name).map((one) => one.key));
  expect(keys.map((all) => all.length)).toEqual([2, 5, 5, 5, 3, 3]);
  expect(keys.map((all) => new Set(all).size)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(new Set(keys.flat()).size).toBe(names.length);
  expect(office.state()).toEqual({ inLine: 0, held: [], sold: ['A1', 'A2'] });
});

test('who cannot even join is told so at once', async () => {
  const office = await openBoxOffice();
  office.before.joinQueue = () => {
    throw unavailable();
  };
  const { error } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, attempts: 3 });
  expect(office.calls).toEqual(['joinQueue', 'joinQueue', 'joinQueue']);
});

test('a refusal that passes by itself is asked about again, under a new key', async () => {
  const office = await openBoxOffice();
  office.instead.createReservation = (nth) =>
    nth === 1 ? refusal(ErrorCode.CONCURRENT_MODIFICATION, 'others were faster') : undefined;
  const { error, types } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  expect(error).toBeUndefined();
  expect(types.at(-1)).toBe('confirmed');
  const keys = office.keys.filter(({ name }) => name === 'createReservation').map(({ key }) => key);
  expect(new Set(keys).size).toBe(2);
});

test('a payment of which no answer arrived is looked into, not repeated as another one', async () => {
  const office = await openBoxOffice();
  // Internal errors are not retried, so the booking does not know whether it has paid.
  office.after.processPayment = () => {
    throw new ConnectError('broken', Code.Internal);
  };
  const { error, types } = await collect(office.tacos.book({ eventId: 'e', quantity: 1 }));
  expect(error).toBeUndefined();
  expect(types).toEqual(['joined', 'admitted', 'reserved', 'paying', 'confirmed']);
  expect(office.calls.slice(-3)).toEqual(['processPayment', 'cancelReservation', 'confirmReservation']);
  expect(office.state().sold).toEqual(['A1']);
});
