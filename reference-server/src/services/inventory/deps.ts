import type { Store } from '../../store/index.ts';
import type { Clock } from '../shared/time.ts';
import type { EventSeatsCache } from './event-seats.ts';

/** Settings of the inventory that an administrator may change while it runs are functions. */
export interface InventorySettings {
  /** Seconds a hold lasts where the event does not say. */
  holdSeconds(): number;
  /** Seconds from now that a hold may last at most, whoever asks. */
  readonly maxHoldSeconds: number;
}

/** What the inventory works with. */
export interface InventoryDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: EventSeatsCache;
  readonly settings: InventorySettings;
}
