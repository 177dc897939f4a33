import { ProcessingStatus } from '@traffic-tacos/contracts/reservation/v1';
import { CallFailure } from '@traffic-tacos/server';
import { mayPass } from '../shared/may-pass.ts';

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
