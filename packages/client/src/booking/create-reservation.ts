import { type CallOptions, Code } from '@connectrpc/connect';
import type { CreateReservationResponse } from '@traffic-tacos/contracts/gateway/v1';
import { isTacosError } from '../errors.ts';
import { type BookingContext, takeStep } from './context.ts';

/** Seats by name, or how many. */
export interface Wanted {
  readonly seatIds: readonly string[];
  readonly quantity: number;
}

/** Failures after which there may be a reservation all the same. */
const IN_DOUBT: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Aborted,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** Makes the reservation and notes what there is to give back from then on, also while that is unknown. */
export function createReservation(
  context: BookingContext,
  reservationToken: string,
  { seatIds, quantity }: Wanted,
): Promise<CreateReservationResponse> {
  const { gateway, held, request } = context;
  const { eventId, userId = '', totalAmount } = request;
  const section = 'section' in request ? (request.section ?? '') : '';
  return takeStep(context, async (idempotencyKey) => {
    const send = (options?: CallOptions) =>
      gateway.createReservation(
        {
          eventId,
          userId,
          seatIds: [...seatIds],
          quantity,
          section,
          reservationToken,
          idempotencyKey,
          ...(totalAmount && { totalAmount }),
        },
        options,
      );
    // The same call under the same key: it tells what has become of the first one.
    held.unknownReservation = async (options) => (await send(options)).reservationId;
    try {
      const answer = await send();
      held.reservationId = answer.reservationId;
      // Its turn is used.
      held.waitingToken = undefined;
      held.unknownReservation = undefined;
      return answer;
    } catch (error) {
      if (isTacosError(error) && (error.response !== undefined || !IN_DOUBT.has(error.status))) {
        held.unknownReservation = undefined;
      }
      throw error;
    }
  });
}
