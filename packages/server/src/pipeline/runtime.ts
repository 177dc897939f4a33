import type { Authenticate } from '../caller.ts';
import type { ErrorModel } from '../errors/model.ts';
import type { Gate } from '../gate.ts';
import type { Once } from '../idempotency/once.ts';
import type { CallLog } from '../log/index.ts';
import type { Profile } from '../options.ts';
import type { RateLimiter } from '../rate-limit/index.ts';
import type { LoadShedder } from '../shedding/index.ts';
import type { Tracing } from '../tracing/index.ts';
import type { CallEnvironment } from './call-context.ts';
import type { Deadlines } from './deadlines.ts';
import type { Intercept } from './intercept.ts';
import type { RunningCalls } from './running-calls.ts';

/** What all calls of a server share. */
export interface Runtime extends CallEnvironment {
  readonly errors: ErrorModel;
  readonly profile: Profile;
  readonly authenticate: Authenticate | undefined;
  /** Missing when nobody is counted. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** Missing when nothing is ever stopped. */
  readonly gate?: Gate | undefined;
  /** Missing when every call is taken on. */
  readonly shedder?: LoadShedder | undefined;
  readonly once: Once;
  readonly log: CallLog;
  readonly tracing: Tracing;
  readonly running: RunningCalls;
  readonly deadlines: Deadlines;
  /** `undefined` without interceptors. */
  readonly intercept: Intercept | undefined;
  /** Milliseconds a reader of a stream may leave a message lying. */
  readonly stallMs: number;
}
