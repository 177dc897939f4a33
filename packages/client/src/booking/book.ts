import { type Environment, systemEnvironment } from '@traffic-tacos/client-runtime';
import type { TacosClients } from '../clients.ts';
import type { Booking } from './booking.ts';
import { checkRequest } from './check-request.ts';
import { confirm } from './confirm.ts';
import { type BookingContext, cancellationOf } from './context.ts';
import { giveBack } from './give-back.ts';
import { pay } from './pay.ts';
import type { BookingRequest } from './request.ts';
import { reserve } from './reserve.ts';
import type { BookingStep, Confirmed } from './step.ts';
import { waitInLine } from './wait-in-line.ts';

/**
 * The way to a ticket over the given clients: join the line, wait, be admitted, reserve, pay, confirm. Each step is
 * one logical call under one idempotency key, however often it is sent, so no failure leads to a second ticket.
 */
export function createBook(
  { queue, gateway }: Pick<TacosClients, 'queue' | 'gateway'>,
  environment: Partial<Environment> = {},
): (request: BookingRequest) => Booking {
  return (request) => {
    const context: BookingContext = {
      queue,
      gateway,
      environment: { ...systemEnvironment, ...environment },
      request,
      held: { paid: false },
    };
    let begun = false;
    const iterate = () => {
      if (begun) {
        throw new Error('this booking has begun already; book() begins another one');
      }
      begun = true;
      return endedByAbort(context, steps(context));
    };
    return {
      [Symbol.asyncIterator]: iterate,
      async result() {
        let last: BookingStep | undefined;
        for await (const step of { [Symbol.asyncIterator]: iterate }) {
          last = step;
        }
        return last as Confirmed;
      },
    };
  };
}

async function* steps(context: BookingContext): AsyncGenerator<BookingStep, void, undefined> {
  const { held, request } = context;
  try {
    checkRequest(request);
    const admission = yield* waitInLine(context);
    const reserved = yield* reserve(context, admission);
    try {
      yield* pay(context, reserved);
    } catch (error) {
      await giveBack(context);
      // A payment of which no answer arrived may have gone through all the same.
      if (!held.paid) {
        throw error;
      }
    }
    yield await confirm(context, reserved.reservationId, held.paymentIntentId ?? '');
  } finally {
    await giveBack(context);
  }
}

/** The same steps, which end when the buyer's signal is aborted, also while nobody asks for the next one. */
function endedByAbort(
  context: BookingContext,
  inner: AsyncGenerator<BookingStep, void, undefined>,
): AsyncIterator<BookingStep, void, undefined> {
  const { signal } = context.request;
  let asking = false;
  let ended = false;
  const onAbort = () => {
    // A step under way notices by itself.
    if (!asking && !ended && cancellationOf(context)) {
      void inner.return();
    }
  };
  const end = () => {
    ended = true;
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort, { once: true });

  return {
    async next() {
      const wasEnded = ended;
      asking = true;
      try {
        const result = await inner.next();
        const cancellation = wasEnded ? undefined : cancellationOf(context);
        if (cancellation !== undefined) {
          // What the step brought is given back before anybody is told of the end.
          await inner.return();
          throw cancellation;
        }
        if (result.done) {
          end();
        }
        return result;
      } catch (error) {
        end();
        throw error;
      } finally {
        asking = false;
      }
    },
    async return() {
      end();
      await inner.return();
      return { done: true, value: undefined };
    },
  };
}
