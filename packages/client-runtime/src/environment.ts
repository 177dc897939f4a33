import { uuid } from './uuid.ts';

/** What the policies need of the machine they run on. Tests put their own in place of it. */
export interface Environment {
  /** Milliseconds on a clock that never goes back. Only differences mean something. */
  now(): number;
  /** Evenly distributed, at least 0 and less than 1. */
  random(): number;
  /** Waits. Rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A new UUID: random, and best of version 7, which sorts by when it was made. */
  uuid(): string;
}

/** The machine itself. Runs in Node and in browsers. */
export const systemEnvironment: Environment = {
  now: () => performance.now(),
  random: Math.random,
  sleep,
  uuid,
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const wake = () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
