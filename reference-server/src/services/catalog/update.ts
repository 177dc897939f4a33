import { type Event, SaleStatus, type UpdateEventRequest } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import { saleOf } from './event-record.ts';
import { hasOpened } from './pre-queue.ts';

const FIELDS = {
  name: 'name',
  description: 'description',
  venue: 'venue',
  start_time: 'startTime',
  end_time: 'endTime',
  sale_start_time: 'saleStartTime',
  sale_end_time: 'saleEndTime',
  status: 'status',
  sections: 'sections',
  price_tiers: 'priceTiers',
  blocked_seat_ids: 'blockedSeatIds',
  per_user_ticket_limit: 'perUserTicketLimit',
  hold_seconds: 'holdSeconds',
  orphan_seat_rule: 'orphanSeatRule',
  pre_queue: 'preQueue',
  admission_rate_per_minute: 'admissionRatePerMinute',
} as const satisfies Record<string, keyof Event>;

/** Fields that are fixed once tickets are on sale. */
const FIXED_BY_SALE: ReadonlySet<string> = new Set(['sale_start_time', 'sections', 'pre_queue']);

/**
 * The event with the fields that the request names replaced. What results is still to be checked as a whole. Whatever it
 * has in common with either of them is the same object.
 *
 * @throws CallFailure FAILED_PRECONDITION that says what can no longer change; INVALID_ARGUMENT for a path that
 * is no field an organiser writes.
 */
export function updatedEvent(current: Event, request: UpdateEventRequest, now: number): Event {
  const state = saleStateAt(saleOf(current), now);
  if (request.expectedRevision !== 0n && request.expectedRevision !== current.revision) {
    throw refused(
      'expected_revision',
      'REVISION_CHANGED',
      `the event is at revision ${current.revision}`,
      current.revision,
    );
  }
  if (state === 'CANCELLED' || state === 'ENDED') {
    throw refused(
      'event.id',
      `EVENT_${state}`,
      `the event is ${state === 'ENDED' ? 'over' : 'cancelled'} and cannot change`,
      state,
    );
  }
  const next = { ...current };
  const wanted = request.event ?? current;
  for (const path of request.updateMask?.paths ?? []) {
    if (!Object.hasOwn(FIELDS, path)) {
      throw refuse(
        'INVALID_ARGUMENT',
        `update_mask names "${path}", which is no field of an event that can be written`,
        [{ field: 'update_mask.paths', reason: 'UNKNOWN_FIELD', value: path }],
      );
    }
    if (FIXED_BY_SALE.has(path) && now >= saleOf(current).startsAt) {
      throw refused(
        `event.${path}`,
        'SALE_HAS_STARTED',
        `event.${path} can change until the sale starts`,
        path,
      );
    }
    if (path === 'pre_queue' && hasOpened(current, now)) {
      throw refused(
        'event.pre_queue',
        'PRE_QUEUE_HAS_OPENED',
        'event.pre_queue can change until it opens: buyers may be waiting for its draw',
        path,
      );
    }
    const field = FIELDS[path as keyof typeof FIELDS];
    Object.assign(next, { [field]: wanted[field] });
    if (wanted[field] === undefined) {
      delete next[field];
    }
  }
  if (currencyOf(next) !== currencyOf(current) && now >= saleOf(current).startsAt) {
    throw refused(
      'event.price_tiers',
      'SALE_HAS_STARTED',
      'the currency can change until the sale starts',
      currencyOf(next),
    );
  }
  if (next.status === SaleStatus.ON_SALE) {
    next.status = SaleStatus.UNSPECIFIED;
  }
  next.revision = current.revision + 1n;
  return next;
}

function currencyOf(event: Event): string {
  return event.priceTiers[0]?.price?.currency ?? '';
}

function refused(field: string, reason: string, message: string, value: unknown): Error {
  return refuse('FAILED_PRECONDITION', `event not changed: ${message}`, [
    { field, reason, value: String(value) },
  ]);
}
