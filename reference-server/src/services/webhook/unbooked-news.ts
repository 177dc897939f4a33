import { clearTimer, giveUp, type Timer } from '../../timers/index.ts';
import type { WebhookDeps } from './deps.ts';
import type { PaymentNews } from './payment-news.ts';

/**
 * Puts news that nothing could be made of among the dead letters: its sender is known, and it may be of money that
 * somebody has paid.
 */
export async function keepUnbooked(
  { store, clock }: Pick<WebhookDeps, 'store' | 'clock'>,
  webhookId: string,
  news: PaymentNews,
  reason: Error,
): Promise<void> {
  const { amount, ...rest } = news;
  const told = amount && { amount: String(amount.amount), currency: amount.currency };
  const work = { kind: 'payment-news', subject: webhookId, details: { ...rest, ...told } } as const;
  await store.transact([giveUp(work, reason, clock())]);
}

/**
 * Tries again to take in news that an operator has taken from the dead letters.
 *
 * @throws CallFailure as `takeIn` does
 */
export async function takeInAgain(
  { store, takeIn }: Pick<WebhookDeps, 'store' | 'takeIn'>,
  { kind, subject, details }: Timer,
): Promise<void> {
  const { amount, currency, ...rest } = (details ?? {}) as unknown as Omit<PaymentNews, 'amount'> & {
    readonly amount?: string;
    readonly currency?: string;
  };
  const told = amount === undefined ? undefined : { amount: BigInt(amount), currency: currency ?? '' };
  await takeIn({ ...rest, amount: told }, () => []);
  await store.transact([clearTimer(kind, subject)]);
}
