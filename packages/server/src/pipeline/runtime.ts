import type { Authenticate } from '../caller.ts';
import type { ErrorModel } from '../errors/model.ts';
import type { Once } from '../idempotency/once.ts';
import type { Profile } from '../options.ts';
import type { CallEnvironment } from './call-context.ts';
import type { RunningCalls } from './running-calls.ts';

/** What all calls of a server share. */
export interface Runtime extends CallEnvironment {
  readonly errors: ErrorModel;
  readonly profile: Profile;
  readonly authenticate: Authenticate | undefined;
  readonly once: Once;
  readonly running: RunningCalls;
  /** Milliseconds a reader of a stream may leave a message lying. */
  readonly stallMs: number;
}
