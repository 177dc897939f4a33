import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { type Event, EventSchema, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import type { Sale, SaleState } from '../../domain/catalog/sale.ts';
import { type Json, limits, table } from '../../store/index.ts';
import { msOf } from '../shared/time.ts';
import { type PartSet, withRows } from './event-parts.ts';

/** What the catalog keeps of an event: the organiser's message, as Protobuf JSON, its long lists in parts of their own. */
export interface EventRecord {
  /** Without sections and blocked seats. */
  readonly event: Json;
  readonly sections: PartSet;
  /** Not there where no seat is blocked. */
  readonly blocked?: PartSet;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Of the draw among those who come early; the event has its hash only. */
  readonly seed?: string;
}

/** Events by id, listed by their start. */
export const eventTable = table<EventRecord, 'by_start'>('event', {
  by_start: (record) => ({ partition: 'all', sort: record.startsAt }),
});

/** Room for what is kept beside a message, in bytes. */
const MARGIN = 1024;

/**
 * The record of an event.
 *
 * @throws CallFailure INVALID_ARGUMENT when it is larger than the store keeps.
 */
export function recordOf(
  event: Event,
  parts: Pick<EventRecord, 'sections' | 'blocked'>,
  seed: string | undefined,
): EventRecord {
  const json = toJson(EventSchema, { ...event, sections: [], blockedSeatIds: [] }) as Json;
  refuseLarge(Buffer.byteLength(JSON.stringify(json)), 'event.price_tiers', 'price tiers with shorter names');
  return {
    event: json,
    ...parts,
    startsAt: msOf(event.startTime) ?? 0,
    ...(seed === undefined ? {} : { seed }),
  };
}

/**
 * Refuses an event that is larger than one item of the store, although its rows and blocked seats are not counted.
 *
 * @param bytes What would be kept.
 * @throws CallFailure INVALID_ARGUMENT.
 */
export function refuseLarge(bytes: number, field: string, remedy: string): void {
  const most = limits.valueBytes - MARGIN;
  if (bytes > most) {
    throw refuse(
      'INVALID_ARGUMENT',
      `event takes ${bytes} bytes without its rows and blocked seats; expected at most ${most}: describe it with fewer ${remedy}`,
      [{ field, reason: 'EVENT_TOO_LARGE', value: String(bytes) }],
    );
  }
}

/** The event of a record, with its lists. */
export function eventOf(record: EventRecord, lists: Pick<Event, 'sections' | 'blockedSeatIds'>): Event {
  return { ...fromJson(EventSchema, record.event as JsonValue), ...lists };
}

/** What decides where the event's sale stands. */
export function saleOf(event: Event): Sale {
  return {
    startsAt: msOf(event.saleStartTime) ?? 0,
    endsAt: msOf(event.saleEndTime) ?? msOf(event.startTime) ?? 0,
    paused: event.status === SaleStatus.PAUSED,
    cancelled: event.status === SaleStatus.CANCELLED,
  };
}

/** The event without its rows and blocked seats: what a page about it shows. */
export function withoutLayout(event: Event): Event {
  return { ...event, blockedSeatIds: [], sections: event.sections.map((section) => withRows(section, [])) };
}

/** A state of the sale as the contract says it. */
export function statusOf(state: SaleState): SaleStatus {
  return SaleStatus[state];
}
