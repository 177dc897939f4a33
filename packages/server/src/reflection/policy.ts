import { Auth, Idempotency, type PartialPolicy, Priority } from '@traffic-tacos/policy';

/** Milliseconds that a tool may stay silent. */
const IDLE_MS = 60_000;
/** Milliseconds that one stream of questions may last. */
const LIFETIME_MS = 3_600_000;

/**
 * The policy of the reflection services, whose contracts carry none: everybody may ask what the contract looks
 * like, and under load they are the first to be refused.
 */
export const reflectionPolicy: PartialPolicy = {
  auth: Auth.PUBLIC,
  idempotency: Idempotency.NATURAL,
  priority: Priority.SHEDDABLE,
  stream: { idleTimeoutMs: IDLE_MS, maxLifetimeMs: LIFETIME_MS },
};
