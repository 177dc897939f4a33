import type { Payment } from './payment.ts';
import { leftOf } from './refund.ts';

/** What news of a refund means: a refund that is known, or that all that was left went back; or it cannot be said. */
export type ToldRefund = 'KNOWN' | 'REST' | 'UNCLEAR';

/**
 * What the payment network means by news that a paid payment was refunded. It may say the amount of one refund or the
 * sum so far: either is known where the platform has refunded as much itself.
 *
 * @param told - in the smallest unit of the payment's currency; `undefined` where it is not said
 */
export function toldRefund(payment: Payment, told: bigint | undefined): ToldRefund {
  const refunds = payment.refunds ?? [];
  const isRefunded = payment.state === 'REFUNDED';
  if (told === undefined) {
    return isRefunded ? 'KNOWN' : refunds.length === 0 ? 'REST' : 'UNCLEAR';
  }
  const is = (amount: number): boolean => BigInt(amount) === told;
  let sum = 0;
  for (const { amount } of refunds) {
    sum += amount;
    if (is(amount) || is(sum)) {
      return 'KNOWN';
    }
  }
  if (isRefunded) {
    return 'UNCLEAR';
  }
  return is(payment.amount) || is(leftOf(payment)) ? 'REST' : 'UNCLEAR';
}
