import { Counter, type Registry } from 'prom-client';
import type { ReservationState } from './domain/reservation/reservation.ts';

const STATES = ['HOLD', 'CONFIRMED', 'CANCELLED', 'EXPIRED', 'FAILED', 'REFUNDED'] as const;

/** Counts the states that reservations have come to. @returns what is told of each. */
export function reservationStatusCounter(registry: Registry): (state: ReservationState) => void {
  const counter = new Counter({
    name: 'reservation_status_total',
    help: 'Reservations that came to a state',
    labelNames: ['status'],
    registers: [registry],
  });
  // A rate needs a zero to start from.
  const counts = new Map<ReservationState, Counter.Internal>(
    STATES.map((status) => {
      const child = counter.labels(status);
      child.inc(0);
      return [status, child];
    }),
  );
  return (state) => counts.get(state)?.inc();
}
