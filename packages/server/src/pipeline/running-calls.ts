import type { CallContext } from './call-context.ts';

/** The calls whose handlers have not ended, those without a client included. */
export interface RunningCalls extends Iterable<CallContext> {
  add(call: CallContext): void;
  /** Takes a call out; one that is not in is left as it is. */
  delete(call: CallContext): void;
  /** Resolves when no call runs. */
  idle(): Promise<void>;
}

/** The place of a call among those that run. The links belong to {@link RunningCalls}. */
export interface Running {
  isRunning: boolean;
  nextRunning: CallContext | undefined;
  previousRunning: CallContext | undefined;
}

/** No calls. They are linked to one another: a set of objects costs several times as much for each call. */
export function createRunningCalls(): RunningCalls {
  let first: CallContext | undefined;
  let waiting: (() => void)[] = [];
  return {
    // Whoever goes through them may end some.
    [Symbol.iterator]: () => {
      const calls: CallContext[] = [];
      for (let call = first; call !== undefined; call = call.nextRunning) {
        calls.push(call);
      }
      return calls.values();
    },
    add: (call) => {
      call.isRunning = true;
      call.nextRunning = first;
      if (first !== undefined) {
        first.previousRunning = call;
      }
      first = call;
    },
    delete: (call) => {
      if (!call.isRunning) {
        return;
      }
      const { nextRunning: next, previousRunning: previous } = call;
      call.isRunning = false;
      call.nextRunning = undefined;
      call.previousRunning = undefined;
      if (next !== undefined) {
        next.previousRunning = previous;
      }
      if (previous !== undefined) {
        previous.nextRunning = next;
        return;
      }
      first = next;
      if (first === undefined) {
        const resolved = waiting;
        waiting = [];
        for (const resolve of resolved) {
          resolve();
        }
      }
    },
    idle: () => (first === undefined ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
