import type { DescMethod } from '@bufbuild/protobuf';
import { policyOf } from '@traffic-tacos/policy';
import type { Clock } from './time.ts';
import type { Waker } from './waker.ts';

/** What a stream is about. Times are epoch milliseconds. */
export interface LiveSource<M> {
  /** The messages that are to be sent now. What it throws ends the stream. */
  take(now: number): Iterable<M> | Promise<Iterable<M>>;
  /** When to ask again though nobody wakes the stream; `Infinity` for never. */
  nextAt(): number;
  /** Said when there was nothing else to say for a while. */
  heartbeat(now: number): M;
  /** Whether nothing can come any more. */
  isOver(): boolean;
}

/**
 * Sends what a source has, as fast as its reader takes it, and heartbeats in between. It keeps nothing for a slow
 * reader: bounding what waits is the source's business.
 */
export async function* live<M>(
  source: LiveSource<M>,
  run: {
    readonly method: DescMethod;
    readonly clock: Clock;
    readonly waker: Waker;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<M, void> {
  const { clock, waker, signal } = run;
  const { heartbeatMs } = policyOf(run.method).stream;
  const beat = heartbeatMs > 0 ? heartbeatMs : Number.POSITIVE_INFINITY;
  let sentAt = clock();
  while (!signal.aborted) {
    for (const message of await source.take(clock())) {
      yield message;
      sentAt = clock();
    }
    if (source.isOver()) {
      return;
    }
    const now = clock();
    if (now - sentAt >= beat) {
      yield source.heartbeat(now);
      sentAt = now;
    }
    await waker.sleep(Math.min(sentAt + beat, source.nextAt()));
  }
}
