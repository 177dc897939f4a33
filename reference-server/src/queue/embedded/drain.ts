import { setImmediate } from 'node:timers/promises';
import type { Draining } from '../queue.ts';
import { leave } from './leave.ts';
import type { QueueDeps, Room } from './room.ts';

/** Places given up at once. */
const BATCH = 100;

/** Gives up every place that waits when this begins. */
export async function drain(deps: QueueDeps, room: Room, { signal, onProgress }: Draining): Promise<number> {
  const { eventId, line } = room;
  const last = line.last();
  let given = 0;
  let batch: number[] = [];
  const giveUp = async (): Promise<void> => {
    await Promise.all(
      batch.map((sequence) =>
        leave(deps, room, { eventId, sequence, nonce: line.nonceOf(sequence) }, () => []),
      ),
    );
    given += batch.length;
    batch = [];
    onProgress?.(given);
    await setImmediate();
  };
  for (let sequence = 1; sequence <= last && signal?.aborted !== true; sequence++) {
    if (line.isWaiting(sequence)) {
      batch.push(sequence);
    }
    if (batch.length === BATCH || (batch.length > 0 && sequence === last)) {
      await giveUp();
    }
  }
  return given;
}
