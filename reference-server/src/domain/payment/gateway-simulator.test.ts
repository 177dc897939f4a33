import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startProcessing } from './gateway-simulator.ts';
import { type Payment, paymentStateAt } from './payment.ts';

const settings = { delayMs: 2_000, timeoutMs: 30_000, seed: 's', approvalRate: 0.8 };
const payment: Payment = {
  intentId: 'pi_1',
  reservationId: 'rsv_1',
  eventId: 'event_123',
  userId: 'user_456',
  state: 'PENDING',
  amount: 100_000,
  currency: 'KRW',
  scenario: 'APPROVE',
  clientSecret: 'secret_1',
  createdAt: 0,
  updatedAt: 0,
  expiresAt: 60_000,
};

test('each scenario does what it says', () => {
  expect(startProcessing('APPROVE', 'pi_1', settings)).toEqual({ kind: 'answered', approved: true });
  expect(startProcessing('FAIL', 'pi_1', settings)).toEqual({ kind: 'answered', approved: false });
  expect(startProcessing('DELAY', 'pi_1', settings)).toEqual({ kind: 'later', afterMs: 2_000 });
  expect(startProcessing('TIMEOUT', 'pi_1', settings)).toEqual({ kind: 'later', afterMs: 30_000 });
});

test('the random scenario follows from seed and intent, and keeps its rate', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (seed, intentId) => {
      const own = { ...settings, seed };
      expect(startProcessing('RANDOM', intentId, own)).toEqual(startProcessing('RANDOM', intentId, own));
      expect(startProcessing('RANDOM', intentId, { ...own, approvalRate: 0 })).toEqual({
        kind: 'answered',
        approved: false,
      });
      expect(startProcessing('RANDOM', intentId, { ...own, approvalRate: 1 })).toEqual({
        kind: 'answered',
        approved: true,
      });
    }),
  );
  const approved = Array.from({ length: 5_000 }, (_, at) =>
    startProcessing('RANDOM', `pi_${at}`, settings),
  ).filter((verdict) => verdict.kind === 'answered' && verdict.approved);
  // Five standard deviations of a binomial draw around 80 %.
  expect(Math.abs(approved.length / 5_000 - 0.8)).toBeLessThan(0.029);
});

test('an intent that nobody pays expires', () => {
  expect(paymentStateAt(payment, 59_999)).toBe('PENDING');
  expect(paymentStateAt(payment, 60_000)).toBe('EXPIRED');
  expect(paymentStateAt({ ...payment, state: 'COMPLETED' }, 60_000)).toBe('COMPLETED');
});
