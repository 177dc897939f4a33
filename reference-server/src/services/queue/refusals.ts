import { AdmissionStatus, QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { type CallFailure, refuse } from '@traffic-tacos/server';
import type { SaleState } from '../../domain/catalog/sale.ts';
import type { Place } from '../../domain/queue/index.ts';
import type { QueueEvent } from './queue-events.ts';

/** What goes along with the refusal of a place. */
export const noPlace = { status: QueueStatus.ERROR, etaSeconds: -1, estimatedWaitSeconds: -1 } as const;

const SALE: Readonly<Record<SaleState, string>> = {
  SCHEDULED: 'is not on sale yet',
  ON_SALE: 'is on sale',
  PAUSED: 'is not on sale for the time being',
  SOLD_OUT: 'is sold out',
  ENDED: 'is no longer on sale',
  CANCELLED: 'is cancelled',
};

/** There is no such event. */
export function unknownEvent(eventId: string, answer: object = {}): CallFailure {
  return refuse(
    'NOT_FOUND',
    `there is no event "${eventId}"`,
    [{ field: 'event_id', reason: 'EVENT_NOT_FOUND', value: eventId }],
    { answer },
  );
}

/** The sale of the event does not allow it, and why. */
export function notOnSale(event: QueueEvent, answer: object): CallFailure {
  const { id, sale, saleStartsAt, preQueue } = event;
  const draw = preQueue === undefined ? '' : `; its pre-queue opens at ${timeOf(preQueue.opensAt)}`;
  const start = saleStartsAt === undefined ? '' : `; its sale starts at ${timeOf(saleStartsAt)}`;
  const when = sale === 'SCHEDULED' ? draw + start : '';
  return refuse(
    'FAILED_PRECONDITION',
    `event "${id}" ${SALE[sale]}${when}`,
    [{ field: 'event_id', reason: `SALE_${sale}`, value: id }],
    { answer },
  );
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** The line takes nobody else. */
export function lineFull(eventId: string, retryAfterMs: number): CallFailure {
  return refuse(
    'RATE_LIMITED',
    `the line of event "${eventId}" is full; try again later`,
    [{ field: 'event_id', reason: 'QUEUE_FULL', value: eventId }],
    { retryAfterMs },
  );
}

/** Anonymous buyers have as many places in a draw from one address as they get. */
export function tooManyEarly(eventId: string, retryAfterMs: number): CallFailure {
  return refuse(
    'RATE_LIMITED',
    `too many places from this address wait for the draw of event "${eventId}"; sign in to join`,
    [{ field: 'event_id', reason: 'TOO_MANY_PLACES', value: eventId }],
    { retryAfterMs },
  );
}

/** The token is not one of this platform, or its place is not the caller's. */
export function unknownToken(answer: object): CallFailure {
  return refuse(
    'NOT_FOUND',
    'waiting_token is not known here; expected the one that JoinQueue gave',
    [{ field: 'waiting_token', reason: 'WAITING_TOKEN_UNKNOWN' }],
    { answer },
  );
}

/** Not the buyer's turn. */
export function notYet(position: number): CallFailure {
  return refuse(
    'FAILED_PRECONDITION',
    position === 0
      ? "it is not this buyer's turn yet: the draw is still to come"
      : `it is not this buyer's turn yet: position ${position} in line`,
    [{ field: 'waiting_token', reason: 'NOT_YOUR_TURN', value: String(position) }],
    { answer: { admission: AdmissionStatus.DENIED } },
  );
}

/** The buyer has a reservation token by another place. */
export function admittedElsewhere(): CallFailure {
  return refuse(
    'FAILED_PRECONDITION',
    'this buyer is admitted by another place; use its reservation token, or wait until it has lapsed',
    [{ field: 'waiting_token', reason: 'ALREADY_ADMITTED' }],
    { answer: { admission: AdmissionStatus.DENIED } },
  );
}

/** The place can no longer be exchanged for anything. */
export function placeOver(place: Extract<Place, { state: 'EXPIRED' | 'LEFT' }>): CallFailure {
  const [reason, what] =
    place.state === 'LEFT'
      ? ['PLACE_LEFT', 'was given up']
      : place.reason === 'USED'
        ? ['PLACE_USED', 'was used for a reservation']
        : ['PLACE_LAPSED', 'has lapsed'];
  return refuse(
    'FAILED_PRECONDITION',
    `the place ${what}; join the queue again`,
    [{ field: 'waiting_token', reason }],
    { answer: { admission: AdmissionStatus.EXPIRED } },
  );
}
