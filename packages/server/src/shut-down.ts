import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Listener } from './listener/listener.ts';
import type { Pipeline } from './pipeline/pipeline.ts';

/** Milliseconds that the last answers get to leave after the grace period. */
const FLUSH_MS = 200;

/** What is shut down, and how patiently. */
export interface ShutDownOptions {
  readonly listener: Listener;
  readonly pipeline: Pipeline;
  readonly graceMs: number;
  /** Stops what calls the services by itself; begins when no further calls are taken, and is waited for. */
  readonly onDrain: (() => Promise<void>) | undefined;
  readonly logger: Logger;
}

/**
 * Takes no further connections, lets what runs finish, and ends the rest when the grace period is over. Handlers
 * that go on without a client are waited for, too.
 *
 * @throws what `onDrain` throws, when all of that is over
 */
export async function shutDown({
  listener,
  pipeline,
  graceMs,
  onDrain,
  logger,
}: ShutDownOptions): Promise<void> {
  const connections = listener.close();
  const others = onDrain?.() ?? Promise.resolve();
  const settled = others.catch(() => undefined);
  // Watchers of the health get a turn to be told.
  await setImmediate();
  pipeline.endStreams();
  const finished = Promise.all([connections, pipeline.idle(), settled]);
  if (!(await within(graceMs, finished))) {
    if (graceMs > 0) {
      logger.warn({ grace_ms: graceMs }, 'calls still run at the end of the grace period and are ended');
    }
    pipeline.abort();
    await within(FLUSH_MS, finished);
    listener.destroy();
    await connections;
  }
  await others;
}

/** Whether work is done before the time is up. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const timeout = delay(milliseconds, false, { signal: stop.signal }).catch(() => false);
  const done = await Promise.race([work.then(() => true), timeout]);
  stop.abort();
  return done;
}
