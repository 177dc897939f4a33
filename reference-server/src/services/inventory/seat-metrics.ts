import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../shared/time.ts';
import type { EventSeatsCache } from './event-seats.ts';

/** Events that are shown at most, so that a catalog of thousands does not become as many series. */
const MAX_EVENTS = 50;

/**
 * Shows how many seats of an event are free, held, sold or blocked, as counted in memory: of the events that somebody
 * has asked this process for, the 50 that were loaded last.
 */
export function seatMetrics(registry: Registry, events: Pick<EventSeatsCache, 'loaded'>, clock: Clock): void {
  new Gauge({
    name: 'inventory_seats',
    help: 'Seats of an event by state: free, held, sold or blocked, for the 50 events that were loaded last',
    labelNames: ['event_id', 'state'],
    registers: [registry],
    async collect() {
      const loaded = await events.loaded(MAX_EVENTS);
      const now = clock();
      this.reset();
      for (const { event, seats, map } of loaded) {
        const states = { free: 0, held: 0, sold: 0, blocked: 0 };
        for (const section of seats.rowsOf.keys()) {
          const counts = map.counts(section, now);
          states.free += counts.available;
          states.held += counts.reserved;
          states.sold += counts.sold;
          states.blocked += counts.blocked;
        }
        for (const [state, value] of Object.entries(states)) {
          this.set({ event_id: event.id, state }, value);
        }
      }
    },
  });
}
