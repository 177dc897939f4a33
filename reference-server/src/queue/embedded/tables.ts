import type { Timed } from '../../domain/queue/index.ts';
import { type Table, table } from '../../store/index.ts';

/** A place as it is kept. Removed when it has lapsed. Times are epoch milliseconds. */
export interface PlaceRecord {
  readonly eventId: string;
  readonly sequence: number;
  readonly nonce: number;
  /** The buyer it belongs to, if it is anybody's. */
  readonly userId?: string;
  readonly joinedAt: number;
  /** It came before the draw, and has the turn that the draw gave it. */
  readonly early?: true;
  /** Where it came from, if it is nobody's and came early: see `originKey`. */
  readonly origin?: string;
  /** When its turn came, unless the line's frontier says so. */
  readonly readyAt?: number;
  /** The last reservation token given out. */
  readonly token?: Timed;
  /** The reservation made with it, while it is a hold. */
  readonly reservation?: Timed;
  readonly leftAt?: number;
}

/** A line as it is kept. */
export interface LineRecord {
  readonly eventId: string;
  /** Everybody up to this turn has had it. */
  readonly frontier: number;
  readonly admitted: number;
  readonly paused: boolean;
  /** Written before anybody is told what came of the draw, and before anybody else joins. */
  readonly draw?: { readonly seed: string; readonly places: number };
}

/**
 * The places of all lines; in the order of the keys those of one line are in the order of the line. A line has all that
 * matters of its places in memory, and most lapse.
 */
export const placeTable: Table<PlaceRecord, never> = table<PlaceRecord>('queue_place', undefined, {
  seldomRead: true,
});

/** The lines, by event. */
export const lineTable: Table<LineRecord, never> = table<LineRecord>('queue_line');

/** The key of a place. Event ids contain no slash; sequence numbers have at most ten digits. */
export function placeKey(eventId: string, sequence: number): string {
  return `${eventId}/${String(sequence).padStart(10, '0')}`;
}
