import { expect, test } from 'vitest';
import type { Payment } from './payment.ts';
import { toldRefund } from './refund-told.ts';

/** A payment of 100 after refunds of these amounts. */
function after(...amounts: number[]): Payment {
  const refundedAmount = amounts.reduce((sum, amount) => sum + amount, 0);
  return {
    intentId: 'pi_1',
    reservationId: 'rsv_1',
    eventId: 'show',
    userId: 'ann',
    state: refundedAmount === 100 ? 'REFUNDED' : 'COMPLETED',
    amount: 100,
    currency: 'KRW',
    scenario: 'APPROVE',
    clientSecret: 'secret_1',
    createdAt: 1,
    updatedAt: 1,
    expiresAt: 1,
    refundedAmount,
    refunds: amounts.map((amount, at) => ({ id: `ref_${at}`, amount, seatIds: [], refundedAt: 1 })),
  };
}

test.each([
  ['all of it, of a payment that was not refunded', after(), 100n, 'REST'],
  ['no amount, of a payment that was not refunded', after(), undefined, 'REST'],
  ['a part, of a payment that was not refunded', after(), 50n, 'UNCLEAR'],
  ['the part that was refunded', after(30), 30n, 'KNOWN'],
  ['half, after half was refunded', after(50), 50n, 'KNOWN'],
  ['the part that is left', after(30), 70n, 'REST'],
  ['all of it, after a part was refunded', after(30), 100n, 'REST'],
  ['another part', after(30), 20n, 'UNCLEAR'],
  ['no amount, after a part was refunded', after(30), undefined, 'UNCLEAR'],
  ['the sum of two parts', after(30, 20), 50n, 'KNOWN'],
  ['the second of two parts', after(30, 20), 20n, 'KNOWN'],
  ['all of it, once it was refunded', after(30, 70), 100n, 'KNOWN'],
  ['the first part, once all of it was refunded', after(30, 70), 30n, 'KNOWN'],
  ['another part, once all of it was refunded', after(30, 70), 20n, 'UNCLEAR'],
  ['no amount, once all of it was refunded', after(100), undefined, 'KNOWN'],
] as const)('news of %s', (_name, payment, told, means) => {
  expect(toldRefund(payment, told)).toBe(means);
});
