import { refusal } from '../errors.ts';

/** A part of an answer that the contract promises. */
export function present<T>(value: T | undefined, field: string): T {
  if (value === undefined) {
    throw refusal('INTERNAL', `the server answered without ${field}, which its contract promises`);
  }
  return value;
}
