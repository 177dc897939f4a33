import type { CallFailure } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { MAX_TIMER } from '../max-timer.ts';
import type { CallContext } from './call-context.ts';

/** Milliseconds that bound a stream; `undefined` for no limit. */
export interface StreamLimits {
  /** Without a message. */
  readonly idleMs: number | undefined;
  readonly lifetimeMs: number | undefined;
  /** What the client asked for. */
  readonly timeoutMs: number | undefined;
  /** Without the reader's taking a message that is ready for it. */
  readonly stallMs: number;
}

/** Watches over one stream. */
export interface StreamWatch {
  /** The step, or the reason why the stream has to end, whichever comes first. */
  race<T>(step: Promise<T>): Promise<T>;
  /** A message has come in: idle time starts anew. */
  touch(): void;
  /** A message waits for its reader. */
  handOver(): void;
  /** The reader has taken it, or never will. */
  takenOver(): void;
  /** The stream has ended; only a message that waits for its reader is still watched over. */
  stop(): void;
}

/** Is told of the reader of a stream while a message waits for it. */
export interface ReaderListener {
  /** The stream has to end while its reader, not its handler, is waited for. */
  behind(reason: CallFailure): void;
  /** It has been waited for long enough, whether or not the stream has ended. */
  stalled(): void;
}

/** What ends a stream when the time is up that its client gave. */
export function clientTimeUp(): CallFailure {
  return runtimeFailure('TIMEOUT', 'the stream exceeded the deadline that its client set');
}

/** Starts the timers of a stream; they interrupt its call. */
export function watchStream(call: CallContext, limits: StreamLimits, reader: ReaderListener): StreamWatch {
  let waiting: ((reason: CallFailure) => void) | undefined;
  call.onInterrupt = {
    interrupted: (reason) => {
      if (waiting === undefined) {
        reader.behind(reason);
      } else {
        waiting(reason);
      }
    },
  };

  const interruptAfter = (
    limit: number | undefined,
    reason: () => CallFailure,
  ): NodeJS.Timeout | undefined =>
    limit === undefined || limit > MAX_TIMER
      ? undefined
      : setTimeout(() => call.interrupt(reason()), Math.max(0, limit));
  const timers = [
    interruptAfter(limits.idleMs, () =>
      runtimeFailure('TIMEOUT', `the stream was idle for ${limits.idleMs} ms`),
    ),
    interruptAfter(limits.lifetimeMs, () =>
      runtimeFailure(
        'TIMEOUT',
        `the stream reached its lifetime of ${limits.lifetimeMs} ms; open it again to go on`,
      ),
    ),
    interruptAfter(limits.timeoutMs, clientTimeUp),
  ] as const;

  let stopped = false;
  const touch = (): void => {
    // A timer that was stopped would start again.
    if (!stopped) {
      timers[0]?.refresh();
    }
  };
  let stalled: NodeJS.Timeout | undefined;
  const { stallMs } = limits;
  const stall = (): void => {
    call.interrupt(runtimeFailure('TIMEOUT', `the reader took no message for ${stallMs} ms`));
    reader.stalled();
  };

  return {
    touch,
    handOver: () => {
      touch();
      stalled = setTimeout(stall, stallMs);
    },
    takenOver: () => {
      touch();
      clearTimeout(stalled);
    },
    race: (step) =>
      new Promise((resolve, reject: (reason: unknown) => void) => {
        if (call.interruption !== undefined) {
          reject(call.interruption);
        }
        waiting = reject;
        step.then(
          (value) => {
            waiting = undefined;
            resolve(value);
          },
          (reason: unknown) => {
            waiting = undefined;
            reject(reason);
          },
        );
      }),
    stop: () => {
      stopped = true;
      for (const timer of timers) {
        clearTimeout(timer);
      }
    },
  };
}
