import { limits, remove, type Store } from '../store/index.ts';
import { outboxTable } from './outbox.ts';

/** Takes an event from the outbox; resolves when that is durable. */
export type TakeAway = (key: string) => Promise<void>;

/** Events that are taken away together. */
interface Batch {
  readonly keys: Set<string>;
  readonly done: PromiseWithResolvers<void>;
}

/** A {@link TakeAway} with one transaction for all events that were delivered while the one before was under way. */
export function takingAway(store: Store): TakeAway {
  let gathering: Batch | undefined;
  let underWay = 0;

  function send({ keys, done }: Batch): void {
    gathering = undefined;
    underWay++;
    store
      .transact([...keys].map((key) => remove(outboxTable, key)))
      .then(() => done.resolve(), done.reject)
      .finally(() => {
        underWay--;
        if (gathering !== undefined) {
          send(gathering);
        }
      });
  }

  return (key) => {
    gathering ??= { keys: new Set(), done: Promise.withResolvers() };
    const batch = gathering;
    batch.keys.add(key);
    if (underWay === 0 || batch.keys.size === limits.writes) {
      send(batch);
    }
    return batch.done.promise;
  };
}
