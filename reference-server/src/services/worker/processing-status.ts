import type { Error as ContractError } from '@traffic-tacos/contracts/common/v1';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { ProcessingStatus } from '@traffic-tacos/contracts/reservation/v1';
import { CallFailure } from '@traffic-tacos/server';

/** Whether a refusal may pass: others kept changing what it is about, or it is not written down yet. */
export function mayPass(code: CallFailure['code'] | ContractError['code']): boolean {
  return code === 'CONCURRENT_MODIFICATION' || code === ErrorCode.CONCURRENT_MODIFICATION;
}

/** Has the refusals of an event say whether to deliver it again. */
export async function withStatus<T>(processed: Promise<T>): Promise<T> {
  try {
    return await processed;
  } catch (error) {
    if (!(error instanceof CallFailure)) {
      throw error;
    }
    const { code, message, details, answer, retryAfterMs, cause } = error;
    const status = mayPass(code) ? ProcessingStatus.RETRY : ProcessingStatus.FAILED;
    throw new CallFailure({
      code,
      message,
      details,
      cause,
      answer: { status, ...answer },
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
}
