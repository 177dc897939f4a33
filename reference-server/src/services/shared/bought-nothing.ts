import { ErrorCode } from '@traffic-tacos/contracts/common/v1';

/**
 * Whether the refusal of a confirmation says for good that the payment bought no seats: the hold has lapsed, was
 * released or sold with another payment, or part of it was given back.
 */
export function boughtNothing(code: ErrorCode): boolean {
  return (
    code === ErrorCode.RESERVATION_EXPIRED ||
    code === ErrorCode.FAILED_PRECONDITION ||
    code === ErrorCode.INVENTORY_CONFLICT
  );
}
