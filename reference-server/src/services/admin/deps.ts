import type { Client } from '@connectrpc/connect';
import type { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import type { Metrics } from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Feed } from '../../feed/index.ts';
import type { LiveConfig, RecentLines, Switches } from '../../live/index.ts';
import type { Queue } from '../../queue/index.ts';
import type { Store } from '../../store/index.ts';
import type { HoldsWanted } from '../reservation/index.ts';
import type { Clock } from '../shared/time.ts';
import type { Dependency } from './dependencies.ts';
import type { MetricHistory } from './metric-history.ts';
import type { Operations } from './operations.ts';
import type { OwnState } from './service-states.ts';

/** Something that is kept in memory to answer faster. */
export interface Cache {
  /** The service that keeps it. */
  readonly service: string;
  /** Forgets it. @returns how many entries it had. */
  clear(): number;
}

/** What the administration works with. */
export interface AdminDeps {
  readonly store: Store;
  /** Tells open streams of what has changed for all. */
  readonly feed: Pick<Feed, 'publish'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Milliseconds of `performance.now` at which the services were started. */
  readonly startedAt: number;
  /** Names of the services of the platform. */
  readonly services: readonly string[];
  readonly config: LiveConfig;
  readonly switches: Switches;
  readonly operations: Operations;
  readonly metrics: Metrics;
  readonly history: MetricHistory;
  /** `undefined` where the log is one that the program has brought along. */
  readonly logs: RecentLines | undefined;
  readonly dependencies: readonly Dependency[];
  /** What the services say of themselves. */
  readonly states: () => Promise<Readonly<Record<string, OwnState>>>;
  readonly queue: Pick<Queue, 'drain' | 'stats'>;
  readonly caches: readonly Cache[];
  /** Reads the settings anew. @returns the names of those that differ. */
  readonly reread: () => readonly string[];
  readonly reservations: Client<typeof ReservationService>;
  /** The holds of now; reads through all reservations. */
  readonly holds: (wanted: HoldsWanted) => AsyncIterable<{ readonly id: string; readonly userId: string }>;
  readonly isPaid: (reservationId: string) => Promise<boolean>;
  /** Refuses an event that does not exist. Lets it pass when nobody knows, for want of a catalog. */
  readonly knownEvent: (eventId: string | undefined) => Promise<void>;
}
