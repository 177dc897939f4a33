import type { Message } from '@bufbuild/protobuf';
import { keyOf } from '../idempotency/key.ts';
import type { VerifyRequest } from '../service.ts';
import { admit, checkRequest } from './admission.ts';
import { asOutcome, handle, visible } from './answer.ts';
import type { CallContext } from './call-context.ts';
import { isPromise } from './promise.ts';
import type { Runtime } from './runtime.ts';
import { verifyRequest } from './verify-request.ts';

/** Policies and handler; a promise only when one of them has to be waited for. */
export function work(runtime: Runtime, call: CallContext, request: Message): Message | Promise<Message> {
  try {
    runtime.log.request(call, request);
    const admitted = admit(runtime, call, request);
    return isPromise(admitted)
      ? admitted.then(
          () => guarded(runtime, call, request),
          (reason: unknown) => asOutcome(runtime, call, reason),
        )
      : admittedWork(runtime, call, request);
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}

function guarded(runtime: Runtime, call: CallContext, request: Message): Message | Promise<Message> {
  try {
    return admittedWork(runtime, call, request);
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}

function admittedWork(runtime: Runtime, call: CallContext, request: Message): Message | Promise<Message> {
  const { verify } = call.plan;
  return verify === undefined ? proceed(runtime, call, request) : verified(runtime, call, request, verify);
}

async function verified(
  runtime: Runtime,
  call: CallContext,
  request: Message,
  verify: VerifyRequest<Message>,
): Promise<Message> {
  try {
    await verifyRequest(runtime, call, request, verify);
    return await proceed(runtime, call, request);
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}

function proceed(runtime: Runtime, call: CallContext, request: Message): Message | Promise<Message> {
  checkRequest(call, request);
  const key = keyOf(call, request, runtime.profile);
  if (key !== undefined) {
    return keyed(runtime, call, request, key);
  }
  if (call.interruption !== undefined) {
    throw call.interruption;
  }
  return handle(runtime, call, request);
}

async function keyed(runtime: Runtime, call: CallContext, request: Message, key: string): Promise<Message> {
  try {
    const answer = await runtime.once(call, request, key, () => handle(runtime, call, request));
    // What was kept was complete, so it is looked at once more: for the one who asks now.
    return visible(call, answer);
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}
