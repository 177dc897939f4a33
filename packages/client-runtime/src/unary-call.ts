import type { DescMessage, DescMethodUnary, MessageInitShape } from '@bufbuild/protobuf';
import type { ContextValues, Transport, UnaryResponse } from '@connectrpc/connect';
import { Idempotency, type Policy, RetryClass } from '@traffic-tacos/policy';
import { attemptError } from './attempt-error.ts';
import { verdictOf } from './attempt-verdict.ts';
import { authorized } from './authorized.ts';
import { fullJitterMs } from './backoff.ts';
import type { Permit } from './circuit-breaker.ts';
import { circuitOpen } from './circuit-open.ts';
import { createDeadline } from './deadline.ts';
import { withIdempotencyKey } from './idempotency-key.ts';
import type { PolicyState } from './policy-state.ts';
import { TacosError, traceIdOf } from './tacos-error.ts';

/** One logical call, as a client makes it. */
export interface UnaryCall<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  readonly signal: AbortSignal | undefined;
  /** Total, in milliseconds; `undefined`: the default; 0 or less: no limit. */
  readonly timeoutMs: number | undefined;
  readonly header: HeadersInit | undefined;
  readonly input: MessageInitShape<I>;
  readonly contextValues: ContextValues | undefined;
}

/**
 * Makes a call by its method's policy: with a key, within its deadlines, repeated while that helps.
 *
 * @throws TacosError for outcomes and failures alike.
 */
export async function callUnary<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  state: PolicyState,
  call: UnaryCall<I, O>,
): Promise<UnaryResponse<I, O>> {
  const { method, signal } = call;
  const { environment, errors, budget } = state;
  let attempts = 0;
  try {
    signal?.throwIfAborted();
    const policy = state.policyOf(method);
    const breaker = state.breakerOf(method.parent);
    const totalMs = call.timeoutMs ?? state.timeoutMs ?? policy.totalDeadlineMs;
    const deadline = createDeadline(environment, totalMs, signal);
    const header = await authorized(call.header, state.credentials, deadline);
    const request = requestOf(call, policy, environment.uuid);

    let last: TacosError | undefined;
    for (;;) {
      const mayCall = last === undefined || deadline.remainingMs() > 0;
      const report = mayCall ? breaker.acquire(policy.circuitBreaker) : undefined;
      if (report === undefined) {
        throw last ?? circuitOpen(method, errors, breaker.waitMs());
      }
      attempts++;
      const timeoutMs = attemptTimeoutMs(policy, state.networkAllowanceMs, deadline.remainingMs());
      const message = request.message as MessageInitShape<I>;
      const send = () => transport.unary(method, signal, timeoutMs, header, message, call.contextValues);
      const result = await attempt(send, report, call, { state, policy, timeoutMs, attempts });
      if (!(result instanceof TacosError)) {
        budget.refill();
        return result;
      }
      last = result;
      if (!request.repeatable || !mayHelp(last, policy) || attempts >= policy.retry.maxAttempts) {
        throw last;
      }
      const pauseMs = (last.retryAfterMs ?? 0) + fullJitterMs(policy.retry, attempts, environment.random());
      if (pauseMs >= deadline.remainingMs() || !budget.take()) {
        throw last;
      }
      await deadline.sleep(pauseMs);
    }
  } catch (reason) {
    throw reason instanceof TacosError
      ? reason
      : TacosError.from(attemptError(reason, signal), { errors, method, attempts });
  }
}

/** The message to send, and whether sending it again has no further effect. */
function requestOf<I extends DescMessage, O extends DescMessage>(
  { method, input }: UnaryCall<I, O>,
  policy: Policy,
  newKey: () => string,
) {
  const mayRepeat = policy.retry.class === RetryClass.IDEMPOTENT;
  if (policy.idempotency !== Idempotency.KEY) {
    return { message: input, repeatable: mayRepeat && policy.idempotency === Idempotency.NATURAL };
  }
  const { message, keyed } = withIdempotencyKey(method.input, input, newKey);
  return { message, repeatable: mayRepeat && keyed };
}

/** Milliseconds for one attempt, a whole number as the protocols want it; 0: no limit. */
function attemptTimeoutMs(policy: Policy, networkAllowanceMs: number, remainingMs: number): number {
  const own = policy.deadlineMs > 0 ? policy.deadlineMs + networkAllowanceMs : Number.POSITIVE_INFINITY;
  const timeoutMs = Math.min(own, remainingMs);
  return timeoutMs === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(timeoutMs));
}

interface AttemptContext {
  readonly state: PolicyState;
  readonly policy: Policy;
  readonly timeoutMs: number;
  readonly attempts: number;
}

/** Sends the request once. Resolves with the answer, or with the error in it or instead of it. */
async function attempt<I extends DescMessage, O extends DescMessage>(
  send: () => Promise<UnaryResponse<I, O>>,
  report: Permit,
  { method, signal }: UnaryCall<I, O>,
  { state: { errors }, policy, timeoutMs, attempts }: AttemptContext,
): Promise<UnaryResponse<I, O> | TacosError> {
  let answer: UnaryResponse<I, O>;
  try {
    answer = await send();
  } catch (reason) {
    const error = attemptError(reason, signal, timeoutMs);
    report(verdictOf(error, timeoutMs === 0 || timeoutMs >= policy.deadlineMs));
    return TacosError.from(error, { errors, method, attempts });
  }
  report('success');
  const outcome = errors.ofAnswer(method.output, answer.message);
  if (outcome === undefined) {
    return answer;
  }
  const traceId = outcome.traceId || traceIdOf(answer.header);
  return new TacosError({ ...outcome, traceId, method, attempts, response: answer.message });
}

/** Whether the same call may succeed after this error. A refusal in an answer is what its key will get again. */
function mayHelp(error: TacosError, policy: Policy): boolean {
  return error.retryable && !(error.response !== undefined && policy.idempotency === Idempotency.KEY);
}
