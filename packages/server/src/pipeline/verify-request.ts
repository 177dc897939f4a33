import type { Message } from '@bufbuild/protobuf';
import type { VerifyRequest } from '../service.ts';
import { type AdmissionCall, type AdmissionRuntime, countRefusal } from './admission.ts';

/**
 * Checks the credential that a request itself carries, and has the call go on as made by whoever it belongs to.
 *
 * @throws whatever `verify` throws; wrong credentials count against the client's address.
 */
export async function verifyRequest(
  runtime: AdmissionRuntime,
  call: AdmissionCall,
  request: Message,
  verify: VerifyRequest<Message>,
): Promise<void> {
  const { header, signedBody: body } = call.exchange;
  try {
    call.caller = await verify(request, { header, body });
  } catch (reason) {
    countRefusal(runtime, call, reason);
    throw reason;
  }
}
