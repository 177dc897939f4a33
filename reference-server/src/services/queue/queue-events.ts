import type { SaleState } from '../../domain/catalog/sale.ts';
import type { QueueRules } from '../../queue/index.ts';

/** What the waiting room has to know about an event. */
export interface QueueEvent {
  readonly id: string;
  /** Where its sale stands; only `ON_SALE` lets buyers in. */
  readonly sale: SaleState;
  /** Buyers let in each minute; without, the platform decides. 0 lets in nobody. */
  readonly admissionRatePerMinute?: number | undefined;
  /** Epoch milliseconds; told to who comes too early. */
  readonly saleStartsAt?: number | undefined;
  /** The draw among those who come before the sale starts, if there is one. */
  readonly preQueue?: {
    /** Epoch milliseconds. */
    readonly opensAt: number;
    /** There as soon as the sale has started. */
    readonly seed?: string | undefined;
  };
}

/** The events of the catalog, as the queue asks for them. */
export interface QueueEvents {
  /**
   * The event, at most as old as the lookup allows. When the catalog fails, an older one is better than none.
   *
   * @throws what the catalog throws, when nothing is known of the event.
   */
  get(eventId: string): Promise<QueueEvent | undefined>;
  /** The event, if it is remembered and as fresh as the lookup demands. */
  known(eventId: string): QueueEvent | undefined;
}

/** Events remembered at most; the one that was asked for longest ago goes first. */
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly event: QueueEvent;
  readonly readAt: number;
}

/**
 * Reads events through a small cache, because every poll of every buyer asks. One that is neither on sale nor
 * scheduled is never taken from it, nor one from before an opening that the clock brings, so that what opens is
 * open at once.
 *
 * @param onRead Told of each event that was read.
 */
export function queueEvents(options: {
  readonly eventOf: (eventId: string) => Promise<QueueEvent | undefined>;
  readonly clock: () => number;
  readonly maxAgeMs: number;
  readonly onRead: (event: QueueEvent) => void;
}): QueueEvents {
  const { eventOf, clock, maxAgeMs, onRead } = options;
  const remembered = new Map<string, Remembered>();
  const reading = new Map<string, Promise<QueueEvent | undefined>>();

  const remember = (event: QueueEvent, readAt: number): void => {
    remembered.delete(event.id);
    remembered.set(event.id, { event, readAt });
    const oldest = remembered.keys().next();
    if (remembered.size > MAX_REMEMBERED && !oldest.done) {
      remembered.delete(oldest.value);
    }
  };

  const read = async (eventId: string): Promise<QueueEvent | undefined> => {
    const readAt = clock();
    try {
      const event = await eventOf(eventId);
      if (event === undefined) {
        remembered.delete(eventId);
      } else {
        remember(event, readAt);
        onRead(event);
      }
      return event;
    } catch (error) {
      const older = remembered.get(eventId);
      if (older === undefined) {
        throw error;
      }
      return older.event;
    }
  };

  const known = (eventId: string): QueueEvent | undefined => {
    const found = remembered.get(eventId);
    return found !== undefined && isFresh(found, clock(), maxAgeMs) ? found.event : undefined;
  };

  return {
    known,
    async get(eventId) {
      const fresh = known(eventId);
      if (fresh !== undefined) {
        return fresh;
      }
      const run = reading.get(eventId) ?? read(eventId).finally(() => reading.delete(eventId));
      reading.set(eventId, run);
      return run;
    },
  };
}

function isFresh({ event, readAt }: Remembered, now: number, maxAgeMs: number): boolean {
  const { sale, saleStartsAt = 0, preQueue } = event;
  if (now - readAt >= maxAgeMs) {
    return false;
  }
  const opensAt = preQueue?.opensAt ?? 0;
  const nothingOpens = saleStartsAt > now && (opensAt <= readAt || opensAt > now);
  return sale === 'ON_SALE' || (sale === 'SCHEDULED' && nothingOpens);
}

/** What an event's line goes by. */
export function rulesOf(event: QueueEvent): QueueRules {
  const { admissionRatePerMinute: ratePerMinute, sale, preQueue, saleStartsAt = 0 } = event;
  const draw = preQueue && { at: saleStartsAt, seed: preQueue.seed };
  return { ratePerMinute, onSale: sale === 'ON_SALE', ...(draw && { draw }) };
}

/** Whether buyers may take a place: to buy, or for the draw before the sale. */
export function isOpen({ sale, preQueue }: QueueEvent, now: number): boolean {
  return sale === 'ON_SALE' || (sale === 'SCHEDULED' && preQueue !== undefined && now >= preQueue.opensAt);
}

/** Whether nothing will ever be sold again. */
export function isOver(event: QueueEvent | undefined): boolean {
  return event?.sale === 'ENDED' || event?.sale === 'CANCELLED';
}
