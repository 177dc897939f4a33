/** Names of what the platform tells others. */
export type DomainEventName =
  | 'reservation.created'
  | 'reservation.extended'
  | 'reservation.confirmed'
  | 'reservation.cancelled'
  | 'reservation.expired'
  | 'reservation.refunded'
  | 'payment.approved'
  | 'payment.failed'
  | 'payment.cancelled'
  | 'payment.refunded'
  | 'catalog.changed'
  | 'maintenance.began'
  | 'maintenance.ended';

/** Something that happened. Delivered at least once, in no particular order between subjects. */
export interface DomainEvent {
  /** Unique; the same on every delivery. */
  readonly id: string;
  readonly name: DomainEventName;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The ticketed event it is about; empty for what concerns the whole platform. */
  readonly eventId: string;
  readonly userId?: string;
  readonly reservationId?: string;
  /** Of reservation.created: the reservation token that was spent, if one was. */
  readonly reservationTokenId?: string;
  readonly paymentIntentId?: string;
  /** Of reservation.created and .extended: epoch milliseconds at which the hold lapses. */
  readonly holdExpiresAt?: number;
  /** Of .confirmed and what follows. */
  readonly orderId?: string;
  /** The reservation's seats; of the refunded events, those that go back on sale. */
  readonly seatIds?: readonly string[];
  /** Of payment events: what was to be paid, or was refunded, in the smallest unit of the currency. */
  readonly amount?: number;
  /** ISO 4217. */
  readonly currency?: string;
  /** Of payment.approved: the provider's id of the movement of money. */
  readonly transactionId?: string;
  /** Of payment.refunded. */
  readonly refundId?: string;
  /** Counts the events of one reservation without a gap, from 1. */
  readonly sequence?: number;
}
