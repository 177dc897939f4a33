import type { Client } from '@connectrpc/connect';
import type { ReservationService, WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import type { CallbackRules } from '../../domain/webhook/index.ts';
import type { Store, Write } from '../../store/index.ts';
import type { Clock } from '../shared/time.ts';
import type { ResolveHost } from './delivery/resolve-host.ts';
import type { PaymentNews, TakenIn } from './payment-news.ts';

/** What webhooks work with. */
export interface WebhookDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly reservations: Client<typeof ReservationService>;
  readonly worker: Client<typeof WorkerService>;
  /**
   * Has the payment side take a result in. `recorded` gives the write that keeps the answer, for the transaction of
   * the effect.
   *
   * @throws CallFailure NOT_FOUND, PAYMENT_NOT_APPROVED or FAILED_PRECONDITION; nothing was changed then.
   */
  readonly takeIn: (news: PaymentNews, recorded: (taken: TakenIn) => Write[]) => Promise<TakenIn>;
  /** Secrets that payment news is signed with, newest first. */
  readonly paymentSecrets: readonly string[];
  readonly rules: CallbackRules;
  readonly resolveHost: ResolveHost;
  /** Milliseconds for which a former secret of a registration signs beside the new one. */
  readonly rotationMs: number;
}
