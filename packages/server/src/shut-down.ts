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
  readonly logger: Logger;
}

/**
 * Takes no further connections, lets what runs finish, and ends the rest when the grace period is over. Handlers
 * that go on without a client are waited for, too.
 */
export async function shutDown({ listener, pipeline, graceMs, logger }: ShutDownOptions): Promise<void> {
  const connections = listener.close();
  // Watchers of the health get a turn to be told.
  await setImmediate();
  pipeline.endStreams();
  const finished = Promise.all([connections, pipeline.idle()]);
  if (!(await within(graceMs, finished))) {
    logger.warn({ grace_ms: graceMs }, 'calls still run at the end of the grace period and are ended');
    pipeline.abort();
    await within(FLUSH_MS, finished);
    listener.destroy();
    await connections;
  }
}

/** Whether work is done before the time is up. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const timeout = delay(milliseconds, false, { signal: stop.signal }).catch(() => false);
  const done = await Promise.race([work.then(() => true), timeout]);
  stop.abort();
  return done;
}
