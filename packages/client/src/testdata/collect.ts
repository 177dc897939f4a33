import type { Booking, BookingStep } from '../booking/index.ts';
import { isTacosError, type TacosError } from '../errors.ts';

/** All steps of a booking and the error it ended with, if any. */
export async function collect(
  booking: Booking,
  onStep: (step: BookingStep) => unknown = () => {},
): Promise<{ steps: BookingStep[]; types: string[]; error: unknown }> {
  const steps: BookingStep[] = [];
  const end = (error?: unknown) => ({ steps, types: steps.map((step) => step.type), error });
  try {
    for await (const step of booking) {
      steps.push(step);
      await onStep(step);
    }
    return end();
  } catch (error) {
    return end(error);
  }
}

/** The TacosError a promise is rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<TacosError> {
  const error = await promise.then(
    (value) => new Error(`expected an error, got ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!isTacosError(error)) {
    throw error;
  }
  return error;
}
