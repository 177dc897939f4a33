import type { Duplex } from 'node:stream';
import type { BodyBudget } from '../listener/body-budget.ts';
import { followFrames } from './unfinished.ts';

/** What a client is kept to while a message of it arrives. */
export interface IntakeLimits {
  /** Of the bytes that have arrived of requests which are not complete, those of all connections. */
  readonly budget: BodyBudget;
  /** Milliseconds from the first byte of a message to its last. */
  readonly timeoutMs: number;
}

/** Who ends a connection whose message will not arrive completely. */
export interface IntakeObserver {
  /** There is no room left for it. */
  crowdedOut(): void;
  /** It takes too long. */
  timedOut(): void;
}

/** Counts what has arrived of messages that are not complete, from now until the connection ends. */
export function watchIntake(
  socket: Duplex,
  { budget, timeoutMs }: IntakeLimits,
  observer: IntakeObserver,
): void {
  const follow = followFrames();
  let held = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const hold = (bytes: number): void => {
    budget.used += bytes - held;
    held = bytes;
    if (bytes === 0) {
      clearTimeout(timer);
      timer = undefined;
    } else {
      timer ??= setTimeout(() => observer.timedOut(), timeoutMs);
    }
  };

  const end = (): void => {
    isOver = true;
    hold(0);
  };

  socket.on('data', (bytes: Uint8Array) => {
    if (isOver) {
      return;
    }
    const before = held;
    hold(follow(bytes));
    if (held > before && budget.isExceeded) {
      observer.crowdedOut();
      end();
    }
  });
  socket.once('close', end);
}
