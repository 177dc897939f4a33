import { clone, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { type Event, EventSchema, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import type { Sale, SaleState } from '../../domain/catalog/sale.ts';
import { type Json, limits, table } from '../../store/index.ts';
import { msOf } from '../shared/time.ts';

/** What the catalog keeps of an event: the organiser's message, as Protobuf JSON. */
export interface EventRecord {
  readonly event: Json;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Of the draw among those who come early; the event has its hash only. */
  readonly seed?: string;
}

/** Events by id, listed by their start. */
export const eventTable = table<EventRecord, 'by_start'>('event', {
  by_start: (record) => ({ partition: 'all', sort: record.startsAt }),
});

/** Room for the record's other fields, in bytes. */
const MARGIN = 1024;

/**
 * The record of an event.
 *
 * @throws CallFailure INVALID_ARGUMENT when it is larger than the store keeps.
 */
export function recordOf(event: Event, seed: string | undefined): EventRecord {
  const json = toJson(EventSchema, event) as Json;
  const size = Buffer.byteLength(JSON.stringify(json));
  const most = limits.valueBytes - MARGIN;
  if (size > most) {
    throw refuse(
      'INVALID_ARGUMENT',
      `event has ${size} bytes as JSON; expected at most ${most}: describe its rows in fewer, longer ranges, or block fewer seats`,
      [{ field: 'event', reason: 'EVENT_TOO_LARGE', value: String(size) }],
    );
  }
  return {
    event: json,
    startsAt: msOf(event.startTime) ?? 0,
    ...(seed === undefined ? {} : { seed }),
  };
}

/** The event of a record, layout included. */
export function eventOf(record: EventRecord): Event {
  return fromJson(EventSchema, record.event as JsonValue);
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
  const short = clone(EventSchema, { ...event, blockedSeatIds: [], sections: [] });
  short.sections = event.sections.map((section) => ({
    ...section,
    layout:
      section.layout.case === 'seated'
        ? { case: 'seated', value: { ...section.layout.value, rows: [] } }
        : section.layout,
  }));
  return short;
}

/** A state of the sale as the contract says it. */
export function statusOf(state: SaleState): SaleStatus {
  return SaleStatus[state];
}
