import type { Error as ContractError } from '@traffic-tacos/contracts/common/v1';
import { type CallFailure, refuse } from '@traffic-tacos/server';

/**
 * The answer of another service, or its refusal thrown: so that a refusal goes on to the caller as it is.
 *
 * @throws CallFailure when the answer carries an error.
 */
export function answered<T extends { readonly error?: ContractError | undefined }>(response: T): T {
  if (response.error !== undefined) {
    throw refusalOf(response.error);
  }
  return response;
}

/** A refusal to throw for an error in another service's answer. */
export function refusalOf(error: ContractError): CallFailure {
  return refuse(
    error.code,
    error.message,
    error.details.map(({ field, reason, value }) => ({ field, reason, value })),
  );
}
