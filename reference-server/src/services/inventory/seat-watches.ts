import type { WatchSeatsResponse } from '@traffic-tacos/contracts/reservation/v1';
import type { Alarms } from '../shared/alarms.ts';
import type { Clock } from '../shared/time.ts';
import type { EventSeats, EventSeatsCache } from './event-seats.ts';

/** One event's seats, watched by one reader. */
export interface SeatWatch {
  /** The seats of now: others than before once the organiser has changed the event. */
  readonly event: EventSeats;
  /** What another reader of the section was given last, if it was made under the same key; else makes it. */
  shared(
    section: string,
    key: string,
    make: () => WatchSeatsResponse | undefined,
  ): WatchSeatsResponse | undefined;
  close(): void;
}

/** Watches the seats of events for any number of readers. */
export interface SeatWatches {
  /**
   * @param changed - told that seats have changed: once for changes that follow each other closely
   * @throws CallFailure NOT_FOUND when there is no such event.
   */
  open(eventId: string, changed: () => void): Promise<SeatWatch>;
}

/** Milliseconds within which changes are joined. */
const JOIN_MS = 20;

/** Milliseconds between two looks for holds that have lapsed, which nothing else says. */
const LAPSE_MS = 100;

/** Milliseconds between two looks whether the organiser has changed the event. */
const EVENT_MS = 1_000;

interface Hub {
  event: EventSeats;
  stopLog: () => void;
  readonly readers: Set<() => void>;
  /** By section. */
  readonly latest: Map<string, { readonly key: string; readonly message: WatchSeatsResponse | undefined }>;
}

/** What is looked after once for each watched event, however many watch it. */
export function seatWatches(deps: {
  readonly events: EventSeatsCache;
  readonly clock: Clock;
  readonly alarms: Alarms;
}): SeatWatches {
  const { events, clock, alarms } = deps;
  const hubs = new Map<string, Hub>();

  const watchLog = (event: EventSeats, readers: ReadonlySet<() => void>): (() => void) => {
    let soon: NodeJS.Timeout | undefined;
    const stop = event.log.watch(() => {
      soon ??= setTimeout(() => {
        soon = undefined;
        tell(readers);
      }, JOIN_MS);
    });
    return () => {
      clearTimeout(soon);
      stop();
    };
  };

  /** Lets time pass for as long as somebody watches. */
  const tend = (eventId: string, hub: Hub, lookedAt: number): void => {
    alarms.at(clock() + LAPSE_MS, async () => {
      if (hub.readers.size === 0) {
        return;
      }
      const now = clock();
      hub.event.map.advance(now);
      const isDue = now - lookedAt >= EVENT_MS;
      if (isDue) {
        await follow(eventId, hub);
      }
      tend(eventId, hub, isDue ? now : lookedAt);
    });
  };

  const follow = async (eventId: string, hub: Hub): Promise<void> => {
    // Seats that cannot be asked for just now are still the seats.
    const event = await events.get(eventId).catch(() => hub.event);
    if (event.log !== hub.event.log && hub.readers.size > 0) {
      hub.stopLog();
      hub.event = event;
      hub.stopLog = watchLog(event, hub.readers);
      tell(hub.readers);
    }
  };

  return {
    async open(eventId, changed) {
      const event = await events.get(eventId);
      let hub = hubs.get(eventId);
      if (hub === undefined) {
        const readers = new Set<() => void>();
        hub = { event, readers, latest: new Map(), stopLog: watchLog(event, readers) };
        hubs.set(eventId, hub);
        hub.readers.add(changed);
        tend(eventId, hub, clock());
      }
      const own = hub;
      own.readers.add(changed);
      return {
        get event() {
          return own.event;
        },
        shared(section, key, make) {
          let latest = own.latest.get(section);
          if (latest?.key !== key) {
            latest = { key, message: make() };
            own.latest.set(section, latest);
          }
          return latest.message;
        },
        close() {
          if (own.readers.delete(changed) && own.readers.size === 0) {
            own.stopLog();
            hubs.delete(eventId);
          }
        },
      };
    },
  };
}

function tell(readers: ReadonlySet<() => void>): void {
  for (const changed of readers) {
    changed();
  }
}
