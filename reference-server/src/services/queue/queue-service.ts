import type { ServiceImpl } from '@connectrpc/connect';
import type {
  GetQueueStatusResponse,
  JoinQueueResponse,
  LeaveQueueResponse,
  QueueService,
  RequestAdmissionResponse,
} from '@traffic-tacos/contracts/gateway/v1';
import { AdmissionStatus } from '@traffic-tacos/contracts/gateway/v1';
import { type Call, type ClientAddress, callOf, type ServiceOptions } from '@traffic-tacos/server';
import type { Place } from '../../domain/queue/index.ts';
import {
  type PlaceId,
  type ReservationPass,
  reservationTokens,
  type TokenSecret,
  waitingTokens,
} from '../../domain/token/index.ts';
import type { Queue } from '../../queue/index.ts';
import { recorded } from '../shared/recorded.ts';
import type { Clock } from '../shared/time.ts';
import { isOpen, isOver, type QueueEvent, queueEvents, rulesOf } from './queue-events.ts';
import {
  admittedElsewhere,
  lineFull,
  noPlace,
  notOnSale,
  notYet,
  placeOver,
  tooManyEarly,
  unknownEvent,
  unknownToken,
} from './refusals.ts';
import { grantedResponse, joinResponse, leftResponse, statsResponse, statusResponse } from './responses.ts';

/** What the queue service works with. */
export interface QueueServiceDeps {
  readonly queue: Queue;
  readonly clock: Clock;
  /** Signs waiting and reservation tokens: the first signs, any verifies. */
  readonly secrets: readonly TokenSecret[];
  /** The event as it is now; `undefined` when there is none. */
  readonly eventOf: (eventId: string) => Promise<QueueEvent | undefined>;
  /** Finds the address of a client. Without, anonymous buyers are not told apart by it. */
  readonly addressOf?: ClientAddress;
  /** Milliseconds an event that is on sale may be remembered. Default: 250. */
  readonly eventMaxAgeMs?: number;
}

const DEFAULT_EVENT_MAX_AGE_MS = 250;

/** When to try again at a line that is full. */
const FULL_RETRY_MS = 10_000;

/** Joining has no effect but the transaction that its answer is part of. */
export const queueServiceOptions: ServiceOptions<typeof QueueService> = { recordsAnswers: ['joinQueue'] };

/** The waiting room, by its contract. */
export function queueService(deps: QueueServiceDeps): Partial<ServiceImpl<typeof QueueService>> {
  const { queue, clock, secrets, eventOf, addressOf, eventMaxAgeMs = DEFAULT_EVENT_MAX_AGE_MS } = deps;
  const waiting = waitingTokens(secrets);
  const reservations = reservationTokens(secrets);
  const events = queueEvents({
    eventOf,
    clock,
    maxAgeMs: eventMaxAgeMs,
    onRead: (event) => queue.follow(event.id, rulesOf(event)),
  });

  const placeOf = (token: string, answer: object): PlaceId => {
    const verified = waiting.verify(token);
    if (verified.kind !== 'VALID') {
      throw unknownToken(answer);
    }
    return verified.payload;
  };

  /** The event of a place. A place is what it is even while the catalog cannot be asked. */
  const eventBehind = async ({ eventId }: PlaceId, call: Call): Promise<QueueEvent | undefined> => {
    try {
      return await events.get(eventId);
    } catch (error) {
      call.log.warn({ err: error, event_id: eventId }, 'the event of a place could not be read');
      return undefined;
    }
  };

  const statusOf = (event: QueueEvent | undefined, place: Place): GetQueueStatusResponse => {
    if (event !== undefined && isOver(event) && place.state === 'WAITING') {
      throw notOnSale(event, noPlace);
    }
    return statusResponse(place);
  };

  return {
    async joinQueue(request, context) {
      const call = callOf(context);
      const event = events.known(request.eventId) ?? (await events.get(request.eventId));
      if (event === undefined) {
        throw unknownEvent(request.eventId, noPlace);
      }
      if (isOver(event)) {
        throw notOnSale(event, noPlace);
      }
      let response: JoinQueueResponse | undefined;
      const joined = await queue.join({
        eventId: event.id,
        // The caller is this user or may act for them: a name that proves nothing does not get here.
        buyerId: request.userId || undefined,
        open: isOpen(event, clock()),
        origin: () =>
          call.peer === undefined
            ? undefined
            : addressOf?.({ peer: call.peer, header: context.requestHeader }),
        record: ({ id, place }) => {
          response = joinResponse(waiting.sign(id), place);
          return recorded(call, response);
        },
      });
      switch (joined.kind) {
        case 'JOINED':
          return response ?? joinResponse(waiting.sign(joined.id), joined.place);
        case 'CLOSED':
          throw notOnSale(event, noPlace);
        case 'FULL':
          throw lineFull(event.id, FULL_RETRY_MS);
        case 'CROWDED':
          throw tooManyEarly(event.id, FULL_RETRY_MS);
      }
    },

    // Not async: hardly a call has to wait for anything, and most calls are this one.
    getQueueStatus(request, context) {
      const id = placeOf(request.waitingToken, noPlace);
      const event = events.known(id.eventId);
      if (event === undefined) {
        return eventBehind(id, callOf(context)).then(async (read) => statusOf(read, await queue.status(id)));
      }
      const place = queue.status(id);
      return place instanceof Promise
        ? place.then((known) => statusOf(event, known))
        : statusOf(event, place);
    },

    async requestAdmission(request, context) {
      const call = callOf(context);
      const invalid = { admission: AdmissionStatus.INVALID };
      const id = placeOf(request.waitingToken, invalid);
      if (request.eventId !== '' && request.eventId !== id.eventId) {
        throw unknownToken(invalid);
      }
      const event = await eventBehind(id, call);
      let response: RequestAdmissionResponse | undefined;
      const granted = (pass: ReservationPass): RequestAdmissionResponse =>
        grantedResponse(reservations.sign(pass), pass.expiresAt, clock());
      const decided = await queue.requestAdmission({
        id,
        buyerId: request.userId,
        record: (pass) => {
          response = granted(pass);
          return recorded(call, response);
        },
      });
      switch (decided.kind) {
        case 'GRANTED':
          return response ?? granted(decided.pass);
        case 'NOT_YET':
          throw event !== undefined && isOver(event)
            ? notOnSale(event, { admission: AdmissionStatus.DENIED })
            : notYet(decided.place.position);
        case 'ADMITTED_ELSEWHERE':
          throw admittedElsewhere();
        case 'OVER':
          throw placeOver(decided.place);
        case 'NOT_THEIRS':
          throw unknownToken(invalid);
      }
    },

    async leaveQueue(request, context) {
      const call = callOf(context);
      const id = placeOf(request.waitingToken, { success: false });
      let response: LeaveQueueResponse | undefined;
      const place = await queue.leave(id, (left) => {
        response = leftResponse(left, clock());
        return recorded(call, response);
      });
      if (request.reason !== '') {
        call.log.info({ event_id: id.eventId, reason: request.reason }, 'a place in line was given up');
      }
      return response ?? leftResponse(place, clock());
    },

    async getQueueStats(request) {
      const { eventId } = request;
      if (eventId !== '' && (await events.get(eventId)) === undefined) {
        throw unknownEvent(eventId);
      }
      const all = await queue.stats();
      const shown = eventId === '' ? all : all.filter((line) => line.eventId === eventId);
      return statsResponse(shown, all, clock());
    },
  };
}
