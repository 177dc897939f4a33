import { Auth, Idempotency, type PartialPolicy, Priority } from '@traffic-tacos/policy';
import { PROBE_TIMEOUT_MS } from './readiness.ts';

/** Milliseconds in a day. */
const DAY_MS = 86_400_000;

/**
 * The policy of the health service, whose contract carries none: everybody may ask, and it is the last to be
 * refused under load, since a server that does not answer is taken out of service. A watch ends after a day, so
 * that it counts as a stream which clients open again and holds up no shutdown.
 */
export const healthPolicy: PartialPolicy = {
  auth: Auth.PUBLIC,
  idempotency: Idempotency.NATURAL,
  // The condition of readiness has its own, shorter time.
  deadlineMs: PROBE_TIMEOUT_MS + 1000,
  priority: Priority.CRITICAL,
  rateLimit: { requestsPerSecond: 0 },
  stream: { idleTimeoutMs: 0, maxLifetimeMs: DAY_MS },
};
