/** A secret that signs, and from when on it does not any more. */
export interface SigningSecret {
  /** As its owner gave it. */
  readonly secret: string;
  /** Epoch milliseconds; the newest secret has none. */
  readonly until?: number;
}

/** Secrets that sign at the same time, at most: what a receiver has to try grows with them. */
const MAX_ACTIVE = 5;

/** The secrets that sign at a time, newest first. */
export function activeSecrets(secrets: readonly SigningSecret[], now: number): readonly string[] {
  return secrets.filter(({ until }) => until === undefined || until > now).map(({ secret }) => secret);
}

/**
 * The secrets after a new one was given, newest first: the former ones sign beside it for a while. The same secret
 * again changes nothing.
 *
 * @param overlapMs - milliseconds for which the secret before goes on
 */
export function rotated(
  secrets: readonly SigningSecret[],
  next: string,
  now: number,
  overlapMs: number,
): readonly SigningSecret[] {
  if (secrets[0]?.secret === next) {
    return secrets;
  }
  const former = secrets
    .filter(({ secret }) => secret !== next)
    .map(({ secret, until }) => ({ secret, until: until ?? now + overlapMs }))
    .filter(({ until }) => until > now);
  return [{ secret: next }, ...former.slice(0, MAX_ACTIVE - 1)];
}
