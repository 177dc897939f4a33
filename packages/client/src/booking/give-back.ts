import { isMessage } from '@bufbuild/protobuf';
import { CancelReservationResponseSchema } from '@traffic-tacos/contracts/gateway/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { isTacosError } from '../errors.ts';
import type { BookingContext } from './context.ts';

/** Total deadline of each call, in milliseconds. What cannot be given back in time lapses by itself. */
const GIVE_BACK_MS = 2_000;
const REASON = 'the booking ended early';

/**
 * Gives back what the booking holds: the reservation, else the place in line. Notes a reservation that turns out to
 * be paid instead. Never throws.
 */
export async function giveBack(context: BookingContext): Promise<void> {
  const { queue, gateway, held, request } = context;
  if (held.paid) {
    return;
  }
  const { waitingToken, unknownReservation, reservationId } = held;
  Object.assign(held, { waitingToken: undefined, unknownReservation: undefined, reservationId: undefined });
  const options = { timeoutMs: GIVE_BACK_MS };
  const made = reservationId ?? (await unknownReservation?.(options).catch(() => undefined));
  if (made !== undefined) {
    const cancel = { reservationId: made, userId: request.userId ?? '', reason: REASON };
    await gateway.cancelReservation(cancel, options).catch((error) => {
      held.paid = isConfirmed(error);
    });
  } else if (waitingToken !== undefined) {
    await queue.leaveQueue({ waitingToken, reason: REASON }, options).catch(() => undefined);
  }
}

/** Whether a reservation could not be cancelled because its payment has gone through meanwhile. */
function isConfirmed(error: unknown): boolean {
  return (
    isTacosError(error) &&
    isMessage(error.response, CancelReservationResponseSchema) &&
    error.response.status === ReservationStatus.CONFIRMED
  );
}
