import { refusal } from '../errors.ts';
import type { BookingRequest } from './request.ts';

/**
 * Nobody should wait in line with a request that is refused at the end of it.
 *
 * @throws TacosError INVALID_ARGUMENT
 */
export function checkRequest(request: BookingRequest): void {
  const { eventId, seatIds, quantity, chooseSeats } = request;
  if (!eventId) {
    throw wrong('eventId', `is "${eventId}"; expected the id of an event`);
  }
  const wishes = [seatIds, quantity, chooseSeats].filter((wish) => wish !== undefined).length;
  if (wishes !== 1) {
    throw wrong(
      'seatIds',
      `with quantity and chooseSeats are ${wishes} of three ways to say which seats; expected one`,
    );
  }
  if (seatIds?.length === 0) {
    throw wrong('seatIds', 'is empty; expected at least one seat');
  }
  if (quantity !== undefined && !(Number.isInteger(quantity) && quantity > 0)) {
    throw wrong('quantity', `is ${quantity}; expected a whole number from 1`);
  }
}

function wrong(field: string, why: string) {
  return refusal('INVALID_ARGUMENT', `${field} ${why}`, {
    details: [{ field, reason: 'INVALID', value: '' }],
  });
}
