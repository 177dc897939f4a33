import { expect } from 'vitest';
import type { PlaceId } from '../../domain/token/index.ts';
import type { Store } from '../../store/index.ts';
import type { JoinResult, Queue, QueueRules, QueueSettings, Recorder } from '../index.ts';
import { defaultQueueTimes } from '../index.ts';
import { answerTable } from './answer-table.ts';

/** A queue for one test, and the time it lives in. */
export interface TestQueue {
  readonly queue: Queue;
  /** The store that answers are recorded in, opened with {@link answerTable}. */
  readonly store: Store;
  /** Lets time pass, and the queue do what time brings. */
  pass(ms: number): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/** Opens a queue that ends with the test. */
export type OpenTestQueue = (settings: Partial<QueueSettings>) => Promise<TestQueue>;

/** Rules of an event that is on sale. */
export const onSale: QueueRules = { ratePerMinute: undefined, onSale: true };

/** Settings under which nothing holds a line up. */
export const roomy: QueueSettings = {
  ...defaultQueueTimes,
  admissionRatePerMinute: () => 600_000,
  maxActiveBuyers: () => 1_000,
  maxWaiting: () => 100_000,
};

/** Records nothing. */
export const nothing: Recorder<unknown> = () => [];

/** Joins the line of event `e`; anonymously without a buyer. */
export function enter(queue: Queue, buyerId?: string, record = nothing): Promise<JoinResult> {
  return queue.join({ eventId: 'e', buyerId, open: true, record });
}

/** Joins anonymously from somewhere. @returns what comes of it. */
export async function comeFrom(queue: Queue, origin: string | undefined): Promise<JoinResult> {
  const from = () => origin;
  return queue.join({ eventId: 'e', buyerId: undefined, open: true, origin: from, record: nothing });
}

/** Joins, which must work. @returns the place. */
export async function take(queue: Queue, buyerId?: string): Promise<PlaceId> {
  const joined = await enter(queue, buyerId);
  expect(joined.kind).toBe('JOINED');
  return (joined as Extract<JoinResult, { kind: 'JOINED' }>).id;
}

/** Position of a waiting place; 0 for one that is ready, -1 for one that is over. */
export async function positionOf(queue: Queue, id: PlaceId): Promise<number> {
  const place = await queue.status(id);
  return place.state === 'WAITING' ? place.position : place.state === 'READY' ? 0 : -1;
}

/** Asks for the admission of a place. */
export function ask(queue: Queue, id: PlaceId, buyerId: string, record: Recorder<unknown> = nothing) {
  return queue.requestAdmission({ id, buyerId, record });
}
