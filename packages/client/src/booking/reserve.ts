import { timestampDate } from '@bufbuild/protobuf/wkt';
import { isTacosError } from '../errors.ts';
import { choose } from './choose-seats.ts';
import type { BookingContext } from './context.ts';
import { createReservation, type Wanted } from './create-reservation.ts';
import { present } from './present.ts';
import type { Admitted, Reserved, SeatsChosen, Waiting } from './step.ts';
import { type Admission, waitForAdmission } from './wait-in-line.ts';

/** How often in a row a right to reserve is renewed that lapses before it arrives. */
const MAX_RENEWALS = 3;

/** Has the seats held for the buyer. */
export async function* reserve(
  context: BookingContext,
  admission: Admission,
): AsyncGenerator<Waiting | Admitted | SeatsChosen | Reserved, Reserved> {
  const { chooseSeats, seatIds = [], quantity = 0 } = context.request;
  if (chooseSeats === undefined) {
    return yield* hold(context, admission, { seatIds, quantity });
  }
  for (let taken: readonly string[] = []; ; ) {
    const chosen = await choose(context, chooseSeats, taken);
    yield { type: 'seats-chosen', seatIds: chosen };
    try {
      return yield* hold(context, admission, { seatIds: chosen, quantity: 0 });
    } catch (error) {
      if (!isTacosError(error, 'INVENTORY_CONFLICT')) {
        throw error;
      }
      // A refused attempt does not spend the right to reserve.
      taken = error.details.map((cause) => cause.value);
    }
  }
}

/** Holds the wanted seats, with a new right to reserve where the given one has lapsed. */
async function* hold(
  context: BookingContext,
  first: Admission,
  wanted: Wanted,
): AsyncGenerator<Waiting | Admitted | Reserved, Reserved> {
  let admission = first;
  for (let renewals = 0; ; renewals++) {
    if (context.environment.now() >= admission.lapsesAt) {
      admission = yield* waitForAdmission(context, context.held.waitingToken ?? '', true);
    }
    try {
      const answer = await createReservation(context, admission.reservationToken, wanted);
      const reserved: Reserved = {
        type: 'reserved',
        reservationId: answer.reservationId,
        seats: answer.reservedSeats,
        totalAmount: present(answer.totalAmount, 'CreateReservationResponse.total_amount'),
        holdExpiresAt: timestampDate(
          present(answer.holdExpiresAt, 'CreateReservationResponse.hold_expires_at'),
        ),
      };
      yield reserved;
      return reserved;
    } catch (error) {
      if (renewals >= MAX_RENEWALS || !saysLapsed(error)) {
        throw error;
      }
      admission = { ...admission, lapsesAt: Number.NEGATIVE_INFINITY };
    }
  }
}

/** Whether a reservation was refused because the right to make it has lapsed. */
function saysLapsed(error: unknown): boolean {
  return (
    isTacosError(error, 'FAILED_PRECONDITION') &&
    error.details.some((cause) => cause.reason === 'RESERVATION_TOKEN_EXPIRED')
  );
}
