import { createHash, randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { type Event, type PreQueue, PreQueueSchema } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import { msOf } from '../shared/time.ts';
import { saleOf } from './event-record.ts';

/** The seed of a draw, 32 bytes in hexadecimal digits. Nobody is shown it before the sale starts. */
export type Seed = string;

/**
 * Gives an event that is to have a draw its seed, and publishes the hash of it. A seed stays as long as the
 * pre-queue does.
 *
 * @throws CallFailure INVALID_ARGUMENT for a pre-queue that would not open before the sale.
 */
export function seeded(event: Event, before: Seed | undefined): Seed | undefined {
  const { preQueue } = event;
  if (preQueue === undefined) {
    return undefined;
  }
  const opensAt = msOf(preQueue.opensAt) ?? 0;
  if (opensAt >= saleOf(event).startsAt) {
    throw refuse(
      'INVALID_ARGUMENT',
      'event.pre_queue.opens_at is not before event.sale_start_time: a pre-queue opens before the sale starts',
      [
        {
          field: 'event.pre_queue.opens_at',
          reason: 'NOT_BEFORE_SALE',
          value: new Date(opensAt).toISOString(),
        },
      ],
    );
  }
  const seed = before ?? randomBytes(32).toString('hex');
  const seedHash = createHash('sha256').update(seed, 'hex').digest('hex');
  event.preQueue = create(PreQueueSchema, { opensAt: preQueue.opensAt, seedHash });
  return seed;
}

/** A pre-queue as anybody may see it now: with the seed once the sale has started, when nobody can come early any more. */
export function shownPreQueue(event: Event, seed: Seed | undefined, now: number): { preQueue?: PreQueue } {
  const { preQueue } = event;
  if (preQueue === undefined) {
    return {};
  }
  const revealed = seed !== undefined && now >= saleOf(event).startsAt;
  return { preQueue: revealed ? { ...preQueue, seed } : preQueue };
}

/** Whether the draw of an event is settled: people may be waiting for it. */
export function hasOpened({ preQueue }: Event, now: number): boolean {
  return preQueue !== undefined && now >= (msOf(preQueue.opensAt) ?? 0);
}
