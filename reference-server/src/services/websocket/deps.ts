import type { TokenSecret } from '../../domain/token/index.ts';
import type { Feed } from '../../feed/index.ts';
import type { Queue } from '../../queue/index.ts';
import type { Store } from '../../store/index.ts';
import type { QueueEvent } from '../queue/index.ts';
import type { Alarms } from '../shared/alarms.ts';
import type { Clients } from '../shared/behind.ts';
import type { Clock } from '../shared/time.ts';

/** What the streams of updates work with. */
export interface WebSocketDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly feed: Feed;
  /** Keeps the answers to idempotency keys. */
  readonly store: Store;
  readonly local: Clients;
  readonly queue: Queue;
  /** The event as it is now; `undefined` when there is none. */
  readonly eventOf: (eventId: string) => Promise<QueueEvent | undefined>;
  /** When the maintenance of now began, in epoch milliseconds; `undefined` when there is none. */
  readonly maintenanceSince: () => number | undefined;
  /** Secrets of waiting tokens. */
  readonly secrets: readonly TokenSecret[];
}
