import { create, type Message } from '@bufbuild/protobuf';
import { ErrorKind, type ErrorRow } from '@traffic-tacos/policy';
import { errorIn, type MethodPlan } from '../pipeline/method-plan.ts';
import { CallFailure } from './failure.ts';
import type { ErrorModel } from './model.ts';
import { resolveCode } from './runtime-code.ts';

/** A refusal as a successful answer; `undefined` when it has to become a status. */
export function toOutcome(
  model: ErrorModel,
  plan: MethodPlan,
  reason: unknown,
  traceId: string,
): Message | undefined {
  if (!(reason instanceof CallFailure) || plan.errorField === undefined) {
    return undefined;
  }
  const row = resolveCode(model, reason.code)?.row;
  if (row?.kind !== ErrorKind.OUTCOME) {
    return undefined;
  }
  const error = model.build(row, { message: reason.message, traceId, details: reason.details });
  return create(plan.method.output, { ...reason.answer, [plan.errorField]: error });
}

/** Completes the error that a handler put into its answer itself. */
export function stampOutcome(
  model: ErrorModel,
  plan: MethodPlan,
  answer: Message,
  call: { readonly traceId: string },
): void {
  const error = errorIn(plan, answer);
  if (error !== undefined) {
    model.stamp(error, call.traceId);
  }
}

/** The code an answer carries; `undefined` for a plain success. */
export function outcomeIn(model: ErrorModel, plan: MethodPlan, answer: Message): ErrorRow | undefined {
  const error = errorIn(plan, answer);
  return error === undefined ? undefined : model.rowIn(error);
}
