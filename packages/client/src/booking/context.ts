import { type CallOptions, Code } from '@connectrpc/connect';
import { type Environment, fullJitterMs } from '@traffic-tacos/client-runtime';
import type { TacosClients } from '../clients.ts';
import { isTacosError, TacosError, toTacosError } from '../errors.ts';
import type { BookingRequest } from './request.ts';

/** What the parts of one booking share. */
export interface BookingContext {
  readonly queue: TacosClients['queue'];
  readonly gateway: TacosClients['gateway'];
  readonly environment: Environment;
  readonly request: BookingRequest;
  readonly held: Held;
}

/** What a booking has so far, and gives back when it ends early. */
export interface Held {
  /** The place in line, until its turn is used. */
  waitingToken?: string | undefined;
  /** Set while it is not known whether a reservation was made: finds its id out. */
  unknownReservation?: ((options: CallOptions) => Promise<string>) | undefined;
  reservationId?: string | undefined;
  paymentIntentId?: string | undefined;
  /** Nothing is given back any more. */
  paid: boolean;
}

/** How long a step is tried again while the server cannot be reached or asks to wait. */
const PATIENCE_MS = 60_000;
const PATIENT_BACKOFF = { initialBackoffMs: 250, maxBackoffMs: 5_000 };

/** The buyer's signal, as long as it matters. */
function signalOf({ request, held }: BookingContext): AbortSignal | undefined {
  return held.paid ? undefined : request.signal;
}

/** The error of a booking that the buyer has ended; `undefined` while they have not, or no longer can. */
export function cancellationOf(context: BookingContext): TacosError | undefined {
  const signal = signalOf(context);
  if (!signal?.aborted) {
    return undefined;
  }
  return new TacosError({
    code: 'CANCELLED',
    number: 0,
    status: Code.Canceled,
    retryable: false,
    rawMessage: 'the booking was cancelled',
    cause: signal.reason,
  });
}

/** @throws TacosError CANCELLED when the buyer has ended the booking. */
function throwIfCancelled(context: BookingContext): void {
  const cancellation = cancellationOf(context);
  if (cancellation !== undefined) {
    throw cancellation;
  }
}

/** Waits, unless the buyer ends the booking before. */
export async function pause(context: BookingContext, ms: number): Promise<void> {
  try {
    await context.environment.sleep(ms, signalOf(context));
  } catch (reason) {
    throw cancellationOf(context) ?? reason;
  }
}

/** The promise's result, unless the buyer ends the booking before. */
export async function unlessCancelled<T>(context: BookingContext, promise: Promise<T>): Promise<T> {
  const signal = signalOf(context);
  throwIfCancelled(context);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(cancellationOf(context));
  signal?.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/**
 * Takes a step that has an effect, with one idempotency key, again and again while it fails for want of an answer:
 * an outage of a minute does not cost a buyer what they have waited for. The buyer's signal does not cut a call
 * short, since its effect would be unknown; it counts after the answer.
 *
 * @param patienceMs How long it is tried again; 0: as often as the policy of the method says, and no more.
 */
export function takeStep<T>(
  context: BookingContext,
  call: (idempotencyKey: string) => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  let key = context.environment.uuid();
  return patiently(context, patienceMs, async () => {
    try {
      return await call(key);
    } catch (reason) {
      if (isTacosError(reason) && reason.response !== undefined) {
        // The refusal is what this key will always get.
        key = context.environment.uuid();
      }
      throw reason;
    }
  });
}

/** Asks for something, again and again while there is no answer. */
export function ask<T>(context: BookingContext, call: (options: CallOptions) => Promise<T>): Promise<T> {
  const signal = signalOf(context);
  return patiently(context, PATIENCE_MS, () => call(signal ? { signal } : {}));
}

async function patiently<T>(context: BookingContext, patienceMs: number, call: () => Promise<T>): Promise<T> {
  const { environment } = context;
  const end = environment.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    throwIfCancelled(context);
    try {
      return await call();
    } catch (reason) {
      throwIfCancelled(context);
      const error = toTacosError(reason);
      const waitMs = (error.retryAfterMs ?? 0) + fullJitterMs(PATIENT_BACKOFF, attempt, environment.random());
      if (!error.retryable || environment.now() + waitMs >= end) {
        throw error;
      }
      await pause(context, waitMs);
    }
  }
}
