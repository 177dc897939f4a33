import type { CallContext } from './call-context.ts';

/** The calls whose handlers have not ended, those without a client included. */
export interface RunningCalls extends Iterable<CallContext> {
  add(call: CallContext): void;
  delete(call: CallContext): void;
  /** Resolves when no call runs. */
  idle(): Promise<void>;
}

/** An empty set of calls. */
export function createRunningCalls(): RunningCalls {
  const calls = new Set<CallContext>();
  let waiting: (() => void)[] = [];
  return {
    [Symbol.iterator]: () => calls.values(),
    add: (call) => {
      calls.add(call);
    },
    delete: (call) => {
      if (calls.delete(call) && calls.size === 0) {
        const resolved = waiting;
        waiting = [];
        for (const resolve of resolved) {
          resolve();
        }
      }
    },
    idle: () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
