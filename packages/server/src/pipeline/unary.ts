import type { Message } from '@bufbuild/protobuf';
import type { CallFailure } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { outcomeIn } from '../errors/to-outcome.ts';
import { toStatus } from '../errors/to-status.ts';
import { keyOf } from '../idempotency/key.ts';
import { logAnswer, logFailure, logRequest } from '../log/call-log.ts';
import { admit, checkRequest } from './admission.ts';
import { asOutcome, handle, visible } from './answer.ts';
import { CallContext } from './call-context.ts';
import type { Exchange } from './exchange.ts';
import type { MethodPlan } from './method-plan.ts';
import type { Runtime } from './runtime.ts';

/**
 * Serves one unary call with all its policies.
 *
 * @param request - belongs to the call: its principal may be filled in
 * @throws ConnectError for every failure
 */
export async function invokeUnary(
  runtime: Runtime,
  plan: MethodPlan,
  request: Message,
  exchange: Exchange,
): Promise<Message> {
  const startedAt = performance.now();
  const limitMs = Math.max(0, Math.min(plan.deadlineMs, exchange.timeoutMs ?? plan.deadlineMs));
  const call = new CallContext(plan, exchange, limitMs, runtime);
  const timer = setTimeout(expire, limitMs, call, limitMs);
  const stopListening = exchange.onCancel(() =>
    call.interrupt(runtimeFailure('CANCELLED', 'the caller is gone')),
  );
  try {
    const answer = await untilInterrupted(runtime, call, work(runtime, call, request));
    const code = outcomeIn(runtime.errors, plan, answer)?.name ?? 'OK';
    logAnswer(runtime.logger, call, code, startedAt);
    return answer;
  } catch (reason) {
    const status = toStatus(runtime.errors, reason, call.traceId);
    logFailure(runtime.logger, call, status, startedAt);
    throw status.error;
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

function expire(call: CallContext, limitMs: number): void {
  call.interrupt(runtimeFailure('TIMEOUT', `the call exceeded its deadline of ${limitMs} ms`));
}

async function work(runtime: Runtime, call: CallContext, request: Message): Promise<Message> {
  try {
    if (call.plan.handler === undefined) {
      throw runtimeFailure('UNIMPLEMENTED', `${call.plan.name} is not implemented`);
    }
    logRequest(runtime.logger, call, request);
    await admit(runtime, call, request);
    checkRequest(call, request);
    const key = keyOf(call, request, runtime.profile.requireIdempotencyKey);
    if (key === undefined) {
      if (call.interruption !== undefined) {
        throw call.interruption;
      }
      return await handle(runtime, call, request);
    }
    // What was kept was complete, so it is looked at once more: for the one who asks now.
    return visible(call, await runtime.once(call, request, key, () => handle(runtime, call, request)));
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}

/** The answer, or the reason why nobody waits for it any more, whichever comes first. */
function untilInterrupted(runtime: Runtime, call: CallContext, answer: Promise<Message>): Promise<Message> {
  runtime.running.add(call);
  return new Promise((resolve, reject: (reason: unknown) => void) => {
    const end = (): void => {
      runtime.running.delete(call);
      call.finish();
    };
    call.onInterrupt = reject;
    if (call.interruption !== undefined) {
      reject(call.interruption);
    }
    answer.then(
      (message) => {
        end();
        resolve(message);
      },
      (reason: unknown) => {
        end();
        if (call.interruption !== undefined) {
          logLate(runtime, call, call.interruption, reason);
        }
        reject(reason);
      },
    );
  });
}

/** The caller has been told something else already; a fault must not be lost for that. */
function logLate(runtime: Runtime, call: CallContext, told: CallFailure, reason: unknown): void {
  const { cause } = toStatus(runtime.errors, reason, call.traceId);
  if (reason !== told && cause !== undefined) {
    call.log.error({ err: cause, told: told.code }, 'a handler failed when nobody waited for it any more');
  }
}
