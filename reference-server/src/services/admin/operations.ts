import { setTimeout } from 'node:timers/promises';
import { OperationStatus } from '@traffic-tacos/contracts/common/v1';
import type { Logger } from 'pino';

/** Tells how far an operation is, in English, for people. */
export type Progress = (text: string) => void;

/** Something that goes on after the call that has started it was answered. */
export interface Task {
  readonly id: string;
  /** No two with the same name run at the same time. */
  readonly name: string;
  /** @returns what was done. */
  run(signal: AbortSignal, progress: Progress): Promise<string>;
}

/** Where a task stood when it was looked at. */
export interface TaskState {
  readonly status: OperationStatus;
  /** What was done, or how far it is. */
  readonly result: string;
}

/** What runs in the background. Its progress is in the log, under its id. */
export interface Operations {
  isRunning(name: string): boolean;
  /** Starts a task, and waits a moment for its end. */
  start(task: Task, log: Logger): Promise<TaskState>;
  /** Stops what runs, between two steps, and waits for it. */
  close(): Promise<void>;
}

/** Milliseconds that a call waits for the end of what it has started: less than its deadline. */
const WAIT_MS = 250;

/** Milliseconds between two lines about progress. */
const TELL_MS = 1_000;

/** No operations yet. */
export function operations(waitMs = WAIT_MS): Operations {
  const running = new Map<string, { readonly name: string; readonly ended: Promise<TaskState> }>();
  const stop = new AbortController();

  const carryOut = async ({ id, name, run }: Task, log: Logger, told: Progress): Promise<TaskState> => {
    const of = { operation_id: id, operation: name };
    let toldAt = performance.now();
    const progress: Progress = (text) => {
      told(text);
      if (performance.now() - toldAt >= TELL_MS) {
        toldAt = performance.now();
        log.info({ ...of, status: 'RUNNING', progress: text }, 'operation goes on');
      }
    };
    log.info({ ...of, status: 'RUNNING' }, 'operation begins');
    try {
      const result = await run(stop.signal, progress);
      const status = stop.signal.aborted ? OperationStatus.CANCELLED : OperationStatus.COMPLETED;
      log.info({ ...of, status: OperationStatus[status], result }, 'operation is over');
      return { status, result };
    } catch (err) {
      log.error({ ...of, status: 'FAILED', err }, 'operation has failed');
      return {
        status: OperationStatus.FAILED,
        result: 'failed: the log says why, under the id of the operation',
      };
    }
  };

  return {
    isRunning: (name) => [...running.values()].some((task) => task.name === name),
    async start(task, log) {
      let soFar = 'under way: the log tells how far it is, under the id of the operation';
      const ended = carryOut(task, log, (text) => {
        soFar = text;
      }).finally(() => running.delete(task.id));
      running.set(task.id, { name: task.name, ended });
      const waiting = new AbortController();
      try {
        return await Promise.race([
          ended,
          setTimeout(waitMs, undefined, { signal: waiting.signal }).then(() => ({
            status: OperationStatus.RUNNING,
            result: soFar,
          })),
        ]);
      } finally {
        waiting.abort();
      }
    },
    async close() {
      stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}
