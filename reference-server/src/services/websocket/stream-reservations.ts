import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { HandlerContext } from '@connectrpc/connect';
import {
  EventType,
  ReservationEventType,
  type StreamReservationUpdatesRequest,
  type StreamReservationUpdatesResponse,
  StreamReservationUpdatesResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import {
  type Reservation,
  ReservationService,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { callOf, inherit } from '@traffic-tacos/server';
import type { ReservationState } from '../../domain/reservation/reservation.ts';
import { type ReservationChange, reservationsOf } from '../reservation/index.ts';
import { answered } from '../shared/answered.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { Followed } from './changes-source.ts';
import type { WebSocketDeps } from './deps.ts';
import { followChanges, MOST_AT_ONCE } from './follow-changes.ts';

/** Milliseconds before its end at which a hold is said to end shortly: a quarter of the platform's hold. */
const SOON_MS = 15_000;

/** Sends what becomes of a buyer's reservations. */
export async function* streamReservations(
  deps: WebSocketDeps,
  request: StreamReservationUpdatesRequest,
  context: HandlerContext,
): AsyncGenerator<StreamReservationUpdatesResponse, void> {
  const { caller, traceId } = callOf(context);
  const reservations = deps.local.client(ReservationService, { as: caller });
  const { userId, reservationIds } = request;

  const read = async (): Promise<readonly ReservationChange[]> => {
    const nested = inherit(context);
    const changeOf = (reservation: Reservation) => asChange(reservation, traceId);
    if (reservationIds.length === 0) {
      const pagination = { pageSize: MOST_AT_ONCE };
      const page = answered(await reservations.listReservations({ userId, pagination }, nested));
      return page.reservations.map(changeOf).reverse();
    }
    const named = reservationIds.map(async (reservationId) => {
      const { reservation } = answered(await reservations.getReservation({ reservationId, userId }, nested));
      return reservation === undefined ? [] : [changeOf(reservation)];
    });
    return (await Promise.all(named)).flat();
  };

  // Who acts for anyone may have named reservations of several users.
  const owners =
    reservationIds.length > 0 && caller.actsForAnyone
      ? (await read()).map((change) => change.userId)
      : [userId];
  const followed = followedReservations({ owners, read, traceId }, new Set(reservationIds));
  yield* followChanges(deps, followed, request, context);
}

function asChange(reservation: Reservation, traceId: string): ReservationChange {
  return {
    id: reservation.reservationId,
    userId: reservation.userId,
    state: ReservationStatus[reservation.status] as ReservationState,
    holdExpiresAt: msOf(reservation.holdExpiresAt) ?? 0,
    isNew: false,
    at: reservation.updatedAt === undefined ? 0 : timestampMs(reservation.updatedAt),
    traceId,
  };
}

function followedReservations(
  from: {
    readonly owners: readonly string[];
    readonly read: () => Promise<readonly ReservationChange[]>;
    /** Of the stream, which is the cause of what nobody else has caused. */
    readonly traceId: string;
  },
  named: ReadonlySet<string>,
): Followed<ReservationChange, StreamReservationUpdatesResponse> {
  const { owners, read, traceId } = from;
  return {
    topics: owners.map(reservationsOf),
    wants: ({ id }) => named.size === 0 || named.has(id),
    read,
    isNewer: (change, known) =>
      RANK[change.state] > RANK[known.state] ||
      (change.state === known.state && change.holdExpiresAt > known.holdExpiresAt),
    isOver: (known) =>
      named.size > 0 && known.length === named.size && known.every(({ state }) => FINAL.has(state)),
    nextAt: (known, lookedAt) =>
      known.map(soonAt).reduce((a, b) => (b > lookedAt && b < a ? b : a), Number.POSITIVE_INFINITY),
    look: async (known, lookedAt, now) =>
      known
        .filter((change) => soonAt(change) > lookedAt && soonAt(change) <= now && change.holdExpiresAt > now)
        .map((change) => ({ kind: 'notice', change }) as const),
    update: (change, old, how, number) =>
      response(
        change,
        old,
        how === 'began' ? ReservationEventType.UNSPECIFIED : eventOf(change, old),
        number,
      ),
    notice: (change, now, number) =>
      response({ ...change, at: now, traceId }, change, ReservationEventType.EXPIRING_SOON, number),
    text: ({ text, at, traceId: correlationId }, number) =>
      create(StreamReservationUpdatesResponseSchema, {
        type: EventType.MESSAGE,
        reservationUpdate: { message: text },
        timestamp: timestampOf(at),
        correlationId,
        sequence: BigInt(number),
      }),
    heartbeat: (now, number) =>
      create(StreamReservationUpdatesResponseSchema, {
        type: EventType.HEARTBEAT,
        timestamp: timestampOf(now),
        sequence: BigInt(number),
      }),
  };
}

/** States in the order in which a reservation goes through them; it never goes back. */
const RANK: Readonly<Record<ReservationState, number>> = {
  HOLD: 0,
  FAILED: 1,
  CANCELLED: 1,
  EXPIRED: 1,
  // The inventory may have sold the seats just before their hold was found to have lapsed.
  CONFIRMED: 2,
  REFUNDED: 3,
};

/** States that nothing follows, or only by way of a payment that came in at the last moment. */
const FINAL: ReadonlySet<ReservationState> = new Set(['FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED']);

/** When the hold is to be said to end shortly. */
function soonAt({ state, holdExpiresAt }: ReservationChange): number {
  return state === 'HOLD' ? holdExpiresAt - SOON_MS : Number.POSITIVE_INFINITY;
}

function eventOf(
  { state, isNew }: ReservationChange,
  old: ReservationChange | undefined,
): ReservationEventType {
  switch (state) {
    case 'HOLD':
      return isNew && old === undefined ? ReservationEventType.CREATED : ReservationEventType.UNSPECIFIED;
    case 'CONFIRMED':
      return ReservationEventType.CONFIRMED;
    case 'CANCELLED':
      return ReservationEventType.CANCELLED;
    case 'EXPIRED':
      return ReservationEventType.EXPIRED;
    default:
      return ReservationEventType.UNSPECIFIED;
  }
}

function sentence({ id, state, holdExpiresAt }: ReservationChange, event: ReservationEventType): string {
  const until = new Date(holdExpiresAt).toISOString();
  if (event === ReservationEventType.EXPIRING_SOON) {
    return `The hold of reservation ${id} lapses at ${until}.`;
  }
  return state === 'HOLD'
    ? `Reservation ${id} holds its seats until ${until}.`
    : `Reservation ${id} is ${state.toLowerCase()}.`;
}

function response(
  change: ReservationChange,
  old: ReservationChange | undefined,
  eventType: ReservationEventType,
  number: number,
): StreamReservationUpdatesResponse {
  const { id, state, holdExpiresAt, at, traceId } = change;
  const isBought = state === 'CONFIRMED' || state === 'REFUNDED';
  return create(StreamReservationUpdatesResponseSchema, {
    type: EventType.RESERVATION_UPDATE,
    reservationUpdate: {
      reservationId: id,
      oldStatus: old === undefined ? ReservationStatus.UNSPECIFIED : ReservationStatus[old.state],
      newStatus: ReservationStatus[state],
      ...(holdExpiresAt > 0 && !isBought && { holdExpiresAt: timestampOf(holdExpiresAt) }),
      message: sentence(change, eventType),
      eventType,
    },
    timestamp: timestampOf(at),
    correlationId: traceId,
    sequence: BigInt(number),
  });
}
