import { ErrorCode } from '@traffic-tacos/contracts/common/v1';

/**
 * Whether the refusal of a confirmation says for good that the payment bought no seats: the hold has lapsed, was
 * released or sold with another payment, part of it was given back, or it ended so long ago that nothing is known of it
 * any more. What was sold is never forgotten.
 */
export function boughtNothing(code: ErrorCode): boolean {
  return (
    code === ErrorCode.RESERVATION_EXPIRED ||
    code === ErrorCode.FAILED_PRECONDITION ||
    code === ErrorCode.INVENTORY_CONFLICT ||
    code === ErrorCode.NOT_FOUND
  );
}
