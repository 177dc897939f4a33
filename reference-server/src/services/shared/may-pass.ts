import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import type { CallFailure } from '@traffic-tacos/server';

/** Whether a refusal may pass: others kept changing what it is about, or it is not written down yet. */
export function mayPass(code: CallFailure['code']): boolean {
  return code === 'CONCURRENT_MODIFICATION' || code === ErrorCode.CONCURRENT_MODIFICATION;
}
