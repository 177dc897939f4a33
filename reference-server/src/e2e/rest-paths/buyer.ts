import { expect } from 'vitest';
import { askRest, type RestAnswer } from '../ask.ts';

type Asked = Parameters<typeof askRest> extends [string, ...infer Rest] ? Rest : never;

/** A buyer who has nothing but REST. */
export interface Buyer {
  readonly id: string;
  ask(...asked: Asked): Promise<RestAnswer>;
  /** Asks for what has to come about. @returns the fields of the answer. */
  done(...asked: Asked): Promise<Ids>;
}

/** Fields that a program hands on from one answer to the next. */
export interface Ids {
  readonly waitingToken: string;
  readonly reservationToken: string;
  readonly reservationId: string;
  readonly paymentIntentId: string;
  readonly orderId: string;
}

/** A buyer with a token. */
export function buyerAt(url: string, id: string, token: string): Buyer {
  const ask: Buyer['ask'] = (method, path, request) => askRest(url, method, path, { token, ...request });
  return {
    id,
    ask,
    done: async (method, path, request) => {
      const answer = await ask(method, path, request);
      expect(answer.body, `${method} ${path}`).not.toHaveProperty('error');
      return answer.body as Ids;
    },
  };
}

/** The key of a request that is made once. */
export const key = (): string => crypto.randomUUID();

/** Joins the line. @returns the waiting token. */
export async function joined(buyer: Buyer, eventId: string): Promise<string> {
  return (await buyer.done('POST', '/api/v1/queue/join', { body: { eventId }, key: key() })).waitingToken;
}

/** Joins and enters. @returns the reservation token. */
export async function entered(buyer: Buyer, eventId: string): Promise<string> {
  const body = { waitingToken: await joined(buyer, eventId) };
  return (await buyer.done('POST', '/api/v1/queue/enter', { body, key: key() })).reservationToken;
}

/** Holds seats. @returns the reservation's id. */
export async function held(buyer: Buyer, eventId: string, seatIds: readonly string[]): Promise<string> {
  const body = { eventId, seatIds, reservationToken: await entered(buyer, eventId) };
  return (await buyer.done('POST', '/api/v1/reservations', { body, key: key() })).reservationId;
}

/** Makes a payment intent. @returns its id. */
export async function intended(buyer: Buyer, reservationId: string, scenario = 'APPROVE'): Promise<string> {
  const body = { reservationId, scenario };
  return (await buyer.done('POST', '/api/v1/payments/intent', { body, key: key() })).paymentIntentId;
}

/** Holds and pays. */
export async function paid(buyer: Buyer, eventId: string, seatIds: readonly string[]) {
  const reservationId = await held(buyer, eventId, seatIds);
  const paymentIntentId = await intended(buyer, reservationId);
  await buyer.done('POST', '/api/v1/payments/process', { body: { paymentIntentId }, key: key() });
  return { reservationId, paymentIntentId };
}
