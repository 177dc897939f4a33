import type { Error as ContractError } from '@traffic-tacos/contracts/common/v1';
import { ProcessingStatus } from '@traffic-tacos/contracts/reservation/v1';
import { CallFailure } from '@traffic-tacos/server';
import { Undeliverable } from '../../deliveries/index.ts';
import { mayPass } from '../shared/may-pass.ts';

/**
 * Goes by what an answer says about delivering again.
 *
 * @throws Undeliverable when the event never will be processed.
 * @throws Error when it is to be delivered again.
 */
export function refuseUnprocessed(answer: {
  readonly status: ProcessingStatus;
  readonly error?: ContractError | undefined;
}): void {
  const { status, error } = answer;
  const message = error?.message ?? `processing ended with ${ProcessingStatus[status]}`;
  switch (status) {
    case ProcessingStatus.SUCCESS:
    case ProcessingStatus.SKIPPED:
      return;
    case ProcessingStatus.FAILED:
    case ProcessingStatus.DLQ:
      throw new Undeliverable(message);
    default:
      throw new Error(message);
  }
}

/** Gives work up that was refused for good. */
export async function givingUp<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CallFailure && !mayPass(error.code)) {
      throw new Undeliverable(error.message, { cause: error });
    }
    throw error;
  }
}
