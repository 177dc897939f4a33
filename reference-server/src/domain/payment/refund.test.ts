import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Payment } from './payment.ts';
import { leftOf, planRefund, refunded } from './refund.ts';

const paid = (amount: number): Payment => ({
  intentId: 'pi_1',
  reservationId: 'rsv_1',
  eventId: 'show',
  userId: 'ann',
  state: 'COMPLETED',
  amount,
  currency: 'KRW',
  scenario: 'APPROVE',
  clientSecret: 'secret_1',
  createdAt: 1,
  updatedAt: 1,
  expiresAt: 1,
});

const seats = [
  { id: 'A1', price: 50_000 },
  { id: 'A2', price: 70_000 },
  { id: 'A3', price: 0 },
];
const total = 120_000;
const won = (amount: number) => ({ amount, currency: 'KRW' });

/** A payment of the three seats after some refunds. */
function after(...wishes: Parameters<typeof planRefund>[2][]): Payment {
  return wishes.reduce((payment, wish, at) => {
    const planned = planRefund(payment, seats, wish);
    if (!planned.ok) {
      throw new Error(planned.refusal.reason);
    }
    return refunded(payment, `ref_${at}`, planned.plan, 2);
  }, paid(total));
}

test('without seats and amount everything that is left goes back, and every seat with it', () => {
  expect(planRefund(paid(total), seats, { seatIds: [] })).toEqual({
    ok: true,
    plan: { amount: total, seatIds: ['A1', 'A2', 'A3'], last: true },
  });
  expect(planRefund(after({ seatIds: ['A1'] }), seats, { seatIds: [] })).toEqual({
    ok: true,
    plan: { amount: 70_000, seatIds: ['A2', 'A3'], last: true },
  });
});

test('a payment that bought nothing is refunded without seats', () => {
  expect(planRefund(paid(total), [], { seatIds: [] })).toEqual({
    ok: true,
    plan: { amount: total, seatIds: [], last: true },
  });
});

test('a seat costs what it was bought for', () => {
  expect(planRefund(paid(total), seats, { seatIds: ['A2'], amount: won(70_000) })).toEqual({
    ok: true,
    plan: { amount: 70_000, seatIds: ['A2'], last: false },
  });
  expect(after({ seatIds: ['A2'] })).toMatchObject({ state: 'COMPLETED', refundedAmount: 70_000 });
});

test('named seats go back, and no others, whatever they cost', () => {
  const free = { seatIds: ['A3'] };
  expect(planRefund(paid(total), seats, free)).toEqual({
    ok: true,
    plan: { amount: 0, seatIds: ['A3'], last: false },
  });
  // The money is all gone, and a free seat is still the buyer's.
  const paidOnes = after({ seatIds: ['A1'] }, { seatIds: ['A2'] });
  expect(paidOnes).toMatchObject({ state: 'COMPLETED', refundedAmount: total });
  expect(planRefund(paidOnes, seats, free)).toEqual({
    ok: true,
    plan: { amount: 0, seatIds: ['A3'], last: true },
  });
  expect(planRefund(paidOnes, seats, { seatIds: [] })).toEqual({
    ok: true,
    plan: { amount: 0, seatIds: ['A3'], last: true },
  });
  const favoured = after({ seatIds: [], amount: won(70_000) }, { seatIds: ['A1'] });
  expect(favoured).toMatchObject({ state: 'COMPLETED', refundedAmount: total });
  expect(favoured.refunds?.at(-1)?.seatIds).toEqual(['A1']);
});

test('a buyer gets money back for seats alone, and until their event starts', () => {
  const buyer = { now: 9, refundableUntil: 10 };
  const plan = (wish: Parameters<typeof planRefund>[2], terms = buyer, bought = seats) => {
    const planned = planRefund(paid(total), bought, wish, terms);
    return planned.ok ? planned.plan.amount : planned.refusal.reason;
  };
  expect(plan({ seatIds: [], amount: won(total - 1) })).toBe('SEATS_KEPT');
  expect(plan({ seatIds: [], amount: won(total) })).toBe(total);
  expect(plan({ seatIds: [] })).toBe(total);
  expect(plan({ seatIds: ['A1'], amount: won(50_000) })).toBe(50_000);
  const late = { ...buyer, now: 10 };
  expect(plan({ seatIds: [] }, late)).toBe('EVENT_STARTED');
  expect(plan({ seatIds: ['A1'] }, late)).toBe('EVENT_STARTED');
  // Money that bought nothing is owed at any time.
  expect(plan({ seatIds: [] }, late, [])).toBe(total);
});

test('a refund by amount leaves the seats, unless it is the last of the money', () => {
  const first = after({ seatIds: [], amount: won(100_000) });
  expect(first).toMatchObject({ state: 'COMPLETED', refunds: [{ seatIds: [] }] });
  expect(planRefund(first, seats, { seatIds: [], amount: won(20_000) })).toEqual({
    ok: true,
    plan: { amount: 20_000, seatIds: ['A1', 'A2', 'A3'], last: true },
  });
});

test.each([
  ['a seat it did not pay for', [], { seatIds: ['B1'] }, { reason: 'SEAT_NOT_PAID', seatId: 'B1' }],
  [
    'a seat that is refunded',
    [{ seatIds: ['A1'] }],
    { seatIds: ['A2', 'A1'] },
    { reason: 'SEAT_REFUNDED', seatId: 'A1' },
  ],
  [
    'another currency',
    [],
    { seatIds: [], amount: { amount: 1, currency: 'USD' } },
    { reason: 'OTHER_CURRENCY' },
  ],
  [
    'another price than the seats have',
    [],
    { seatIds: ['A1'], amount: won(1) },
    { reason: 'AMOUNT_DIFFERS', asked: 1, cost: 50_000 },
  ],
  [
    'more than was paid',
    [],
    { seatIds: [], amount: won(total + 1) },
    { reason: 'MORE_THAN_LEFT', asked: total + 1, left: total },
  ],
  [
    'a seat that costs more than is left',
    [{ seatIds: [], amount: won(100_000) }],
    { seatIds: ['A1'] },
    { reason: 'MORE_THAN_LEFT', asked: 50_000, left: 20_000 },
  ],
])('%s is refused', (_name, before, wish, refusal) => {
  expect(planRefund(after(...before), seats, wish)).toEqual({ ok: false, refusal });
});

test('whatever is asked for, money is conserved and no seat goes back twice', () => {
  const wish = fc.record({
    seatIds: fc.uniqueArray(fc.constantFrom('A1', 'A2', 'A3', 'B1'), { maxLength: 3 }),
    amount: fc.option(
      fc.constantFrom(1, 20_000, 50_000, 70_000, total).map((amount) => won(amount)),
      {
        nil: undefined,
      },
    ),
  });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 8 }), (wishes) => {
      let payment = paid(total);
      for (const { seatIds, amount } of wishes) {
        if (payment.state === 'REFUNDED') {
          break;
        }
        const planned = planRefund(payment, seats, { seatIds, ...(amount && { amount }) });
        const before = payment;
        payment = planned.ok ? refunded(payment, 'ref', planned.plan, 2) : payment;
        expect(leftOf(payment)).toBe(leftOf(before) - (planned.ok ? planned.plan.amount : 0));
      }
      const refunds = payment.refunds ?? [];
      const gone = refunds.flatMap((refund) => refund.seatIds);
      expect(leftOf(payment)).toBeGreaterThanOrEqual(0);
      expect(refunds.reduce((sum, { amount }) => sum + amount, 0)).toBe(payment.refundedAmount ?? 0);
      expect(new Set(gone).size).toBe(gone.length);
      expect(payment.state === 'REFUNDED').toBe(leftOf(payment) === 0 && gone.length === seats.length);
      if (payment.state === 'REFUNDED') {
        expect([...gone].sort()).toEqual(['A1', 'A2', 'A3']);
      }
    }),
  );
});
