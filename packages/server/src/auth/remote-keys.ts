import { fetchJwks } from './fetch-jwks.ts';
import { type KeySet, readKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

/** How a key set is kept up to date. */
export interface RemoteKeysOptions {
  /** Milliseconds after which the set is fetched anew, while calls go on with the present one. Default 5 min. */
  readonly refreshAfterMs?: number | undefined;
  /**
   * Milliseconds after which calls wait for a newer set, so that a key that was withdrawn stops working. Default
   * 9 min, which leaves a minute of the ten that a withdrawn key may live.
   */
  readonly maxAgeMs?: number | undefined;
  /** Milliseconds between two fetches because of unknown keys or failures. Default 30 s. */
  readonly cooldownMs?: number | undefined;
  /** Milliseconds a fetch may take. Default 5 s. */
  readonly timeoutMs?: number | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Told about every fetch that failed; what is known goes on working. */
  readonly onError?: ((reason: unknown) => void) | undefined;
}

const REFRESH_AFTER_MS = 5 * 60_000;
const MAX_AGE_MS = 9 * 60_000;
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;

/**
 * The key set at a URL. It is fetched when first needed, again while it is used, and when a token names a key that it
 * lacks. While it cannot be had, the keys last heard of go on working.
 *
 * @throws Error when the URL is neither https nor on this machine
 */
export function remoteKeys(url: URL, options: RemoteKeysOptions, clock: () => number): KeySource {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new Error(
      `jwks is ${url.href}; expected an https URL: whoever can change the answer can sign tokens`,
    );
  }
  const refreshAfterMs = options.refreshAfterMs ?? REFRESH_AFTER_MS;
  const maxAgeMs = options.maxAgeMs ?? MAX_AGE_MS;
  const cooldownMs = options.cooldownMs ?? COOLDOWN_MS;
  const how = { timeoutMs: options.timeoutMs ?? TIMEOUT_MS, fetch: options.fetch ?? globalThis.fetch };

  let current: KeySet | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  let pending: Promise<void> | undefined;

  const fetchNow = async (): Promise<void> => {
    const startedAt = clock();
    triedAt = startedAt;
    try {
      current = readKeySet(await fetchJwks(url, how));
      fetchedAt = startedAt;
      failing = false;
    } catch (reason) {
      failing = true;
      options.onError?.(reason);
    } finally {
      pending = undefined;
    }
  };
  const load = (): Promise<void> => {
    pending ??= fetchNow();
    return pending;
  };
  const mayTry = (now: number): boolean => now - triedAt >= cooldownMs || now < triedAt;

  return {
    current: () => current,
    freshen: (now) => {
      const age = now - fetchedAt;
      if (age < refreshAfterMs && age >= 0) {
        return undefined;
      }
      if (failing) {
        const retry = pending ?? (mayTry(now) ? load() : undefined);
        return current === undefined ? retry : undefined;
      }
      const loading = load();
      return age < maxAgeMs && age >= 0 ? undefined : loading;
    },
    refetch: (now) => pending ?? (mayTry(now) ? load() : undefined),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
