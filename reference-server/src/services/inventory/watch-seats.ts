import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import type { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  type WatchSeatsRequest,
  type WatchSeatsResponse,
  WatchSeatsResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { callOf } from '@traffic-tacos/server';
import type { SeatMap } from '../../domain/inventory/seat-map.ts';
import type { SeatMapPosition, TokenSigner } from '../../domain/token/index.ts';
import type { Alarms } from '../shared/alarms.ts';
import { tooSlow } from '../shared/inbox.ts';
import { type LiveSource, live } from '../shared/live.ts';
import { type Clock, timestampOf } from '../shared/time.ts';
import { waker } from '../shared/waker.ts';
import type { EventSeats } from './event-seats.ts';
import { seatBlocks } from './seat-blocks.ts';
import { STATUS } from './seat-message.ts';
import type { SeatWatch, SeatWatches } from './seat-watches.ts';
import { sectionPosition } from './wanted-seats.ts';

/** Seats in a chunk of a snapshot at most: the contract's limit. */
const CHUNK = 10_000;

/** What live seat maps work with. */
export interface WatchDeps {
  readonly watches: SeatWatches;
  readonly alarms: Alarms;
  readonly clock: Clock;
  readonly tokens: TokenSigner<SeatMapPosition>;
}

/** Sends a live seat map: all seats, or what the reader has missed, then every change. */
export async function* watchSeats(
  deps: WatchDeps,
  request: WatchSeatsRequest,
  context: HandlerContext,
): AsyncGenerator<WatchSeatsResponse, void> {
  const { clock } = deps;
  const { signal } = callOf(context);
  const wake = waker(deps.alarms, signal);
  const watch = await deps.watches.open(request.eventId, wake.wake);
  try {
    // An unknown section is refused at once.
    sectionPosition(watch.event, request.section);
    const source = seatSource(deps, request, watch);
    yield* live(source, { method: context.method, clock, waker: wake, signal });
  } finally {
    watch.close();
  }
}

function seatSource(
  { tokens }: WatchDeps,
  request: WatchSeatsRequest,
  watch: SeatWatch,
): LiveSource<WatchSeatsResponse> {
  const { eventId, section } = request;
  /** The seats that the reader gets. */
  let { event } = watch;
  let hasBegun = false;
  /** Changes up to this one have been looked at, and up to that one the reader knows of them. */
  let position = 0;
  let told = 0;

  const message = (payload: Payload, isResumable: boolean): WatchSeatsResponse => {
    const place = { eventId, section, logId: event.log.id, sequence: told };
    return create(WatchSeatsResponseSchema, {
      sequence: BigInt(told),
      resumeToken: isResumable ? tokens.sign(place) : '',
      payload,
    });
  };

  const heartbeat = (now: number): WatchSeatsResponse => {
    told = position;
    return message({ case: 'heartbeat', value: { sentAt: timestampOf(now) } }, true);
  };

  /** Where the reader was, if it can go on from there. */
  const resumed = (): number | undefined => {
    const token = tokens.verify(request.resumeToken);
    if (token.kind !== 'VALID') {
      return undefined;
    }
    const { log } = event;
    const { payload } = token;
    const isThis = payload.eventId === eventId && payload.section === section && payload.logId === log.id;
    return isThis && log.since(payload.sequence) !== undefined ? payload.sequence : undefined;
  };

  function* snapshot(now: number): Generator<WatchSeatsResponse> {
    const [first, end] = rangeOf(event, section);
    const totalSeats = end - first;
    position = event.log.sequence();
    told = position;
    for (let index = 0; index === 0 || index < totalSeats; index += CHUNK) {
      const next = Math.min(totalSeats, index + CHUNK);
      const last = next === totalSeats;
      const blocks = seatBlocks(event, first + index, first + next, now);
      yield message({ case: 'snapshot', value: { firstIndex: index, totalSeats, last, blocks } }, last);
    }
  }

  function* changes(now: number): Generator<WatchSeatsResponse> {
    const { map, log } = event;
    const changed = log.since(position);
    if (changed === undefined) {
      throw tooSlow();
    }
    const before = told;
    const from = position;
    position = log.sequence();
    if (changed.length === 0) {
      return;
    }
    // Readers who have come equally far, and most have, are sent the very same message.
    const delta = watch.shared(section, `${log.id}/${before}/${from}/${position}`, () => {
      const groups = statusGroups(map, changed, rangeOf(event, section), now);
      if (groups.length === 0) {
        return undefined;
      }
      told = position;
      return message({ case: 'delta', value: { previousSequence: BigInt(before), changes: groups } }, true);
    });
    if (delta !== undefined) {
      told = position;
      yield delta;
    }
  }

  return {
    *take(now) {
      // What lapses now is among the changes, not in the middle of them.
      watch.event.map.advance(now);
      if (hasBegun && event.log === watch.event.log) {
        yield* changes(now);
        return;
      }
      event = watch.event;
      const from = hasBegun ? undefined : resumed();
      hasBegun = true;
      if (from === undefined) {
        yield* snapshot(now);
      } else {
        position = from;
        yield heartbeat(now);
        yield* changes(now);
      }
    },
    nextAt: () => Number.POSITIVE_INFINITY,
    heartbeat,
    isOver: () => false,
  };
}

type Payload = NonNullable<MessageInitShape<typeof WatchSeatsResponseSchema>['payload']>;

/** Changed seats of a range, by what they are now, as indexes within the range. */
function statusGroups(
  map: SeatMap,
  changed: readonly number[],
  [first, end]: readonly [number, number],
  now: number,
): { status: SeatStatus; indexes: number[] }[] {
  const groups = new Map<SeatStatus, number[]>();
  for (const seat of changed) {
    if (seat >= first && seat < end) {
      const status = STATUS[map.stateOf(seat, now)];
      const indexes = groups.get(status) ?? [];
      groups.set(status, indexes);
      indexes.push(seat - first);
    }
  }
  return [...groups].map(([status, indexes]) => ({ status, indexes }));
}

/** Index of the first seat of a section, or of all, and the one after the last. */
function rangeOf(event: EventSeats, section: string): readonly [from: number, to: number] {
  const { seats } = event;
  const position = sectionPosition(event, section);
  const [firstRow, endRow] =
    position === undefined ? [0, seats.rows.length] : (seats.rowsOf[position] ?? [0, 0]);
  return [seats.rows[firstRow]?.start ?? seats.size, seats.rows[endRow]?.start ?? seats.size];
}
