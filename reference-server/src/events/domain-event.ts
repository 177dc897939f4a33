/** Names of what the platform tells others. */
export type DomainEventName =
  | 'reservation.created'
  | 'reservation.extended'
  | 'reservation.confirmed'
  | 'reservation.cancelled'
  | 'reservation.expired'
  | 'payment.approved'
  | 'payment.failed'
  | 'payment.cancelled'
  | 'catalog.changed';

/** Something that happened. Delivered at least once, in no particular order between subjects. */
export interface DomainEvent {
  /** Unique; the same on every delivery. */
  readonly id: string;
  readonly name: DomainEventName;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The ticketed event it is about. */
  readonly eventId: string;
  readonly userId?: string;
  readonly reservationId?: string;
  readonly paymentIntentId?: string;
  /** Of reservation.created and .extended: epoch milliseconds at which the hold lapses. */
  readonly holdExpiresAt?: number;
  /** Counts the events of one reservation without a gap, from 1. */
  readonly sequence?: number;
}
