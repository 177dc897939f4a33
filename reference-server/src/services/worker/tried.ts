import { create } from '@bufbuild/protobuf';
import {
  type CompensationAction,
  CompensationActionSchema,
  type CompensationActionType,
} from '@traffic-tacos/contracts/reservation/v1';
import { CallFailure } from '@traffic-tacos/server';
import { mayPass } from '../shared/may-pass.ts';
import { type Clock, timestampOf } from '../shared/time.ts';

/** One thing that was tried to undo a booking. */
export interface Tried {
  readonly action: CompensationAction;
  /** Why it did not work; `passing` when it may work later. */
  readonly failure?: { readonly passing: boolean; readonly message: string };
}

/** An action: what it is, and how it is done. */
export interface Attempt {
  readonly type: CompensationActionType;
  /** Full name of the service that does it; empty when none does. */
  readonly service: string;
  /** What is done, one English sentence. */
  readonly what: string;
  /** @returns whether anything had to be done. */
  readonly work: () => Promise<boolean>;
}

/** Tries actions one after the other, whatever becomes of those before. Those with nothing to do are left out. */
export async function tryAll(clock: Clock, attempts: readonly Attempt[]): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const { type, service, what, work } of attempts) {
    let failure: Tried['failure'];
    try {
      if (!(await work())) {
        continue;
      }
    } catch (error) {
      // A service that cannot be reached may be reached later.
      const passing = !(error instanceof CallFailure) || mayPass(error.code);
      failure = { passing, message: error instanceof Error ? error.message : String(error) };
    }
    const action = create(CompensationActionSchema, {
      actionType: type,
      targetService: service,
      actionDescription: failure === undefined ? what : `${what} It failed: ${failure.message}`,
      success: failure === undefined,
      executedAt: timestampOf(clock()),
    });
    tried.push({ action, ...(failure && { failure }) });
  }
  return tried;
}
