import { TurnoverMap } from '@traffic-tacos/server';

/** Runs tasks with the same key one after the other, in the order they came. */
export type KeyedLock = <T>(key: string | number, task: () => Promise<T>) => Promise<T>;

/** A lock that nobody holds. It remembers nothing of keys without a task. */
export function keyedLock(): KeyedLock {
  const tails = new TurnoverMap<string | number, Promise<unknown>>();
  return (key, task) => {
    const before = tails.get(key);
    const run = before === undefined ? task() : before.then(task, task);
    const clean = (): void => {
      if (tails.get(key) === run) {
        tails.delete(key);
      }
    };
    tails.set(key, run);
    run.then(clean, clean);
    return run;
  };
}
