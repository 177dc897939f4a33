import { collectDefaultMetrics, Registry } from 'prom-client';

let shared: Registry | undefined;

/**
 * CPU, memory, garbage collection, event loop lag and the like. They are figures of the process, not of a server,
 * and what measures them cannot be taken off again, so all servers of a process share them.
 */
export function processMetrics(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  return shared;
}
