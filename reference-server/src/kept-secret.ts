import { randomBytes } from 'node:crypto';
import { ConditionFailed, put, type Store, table } from './store/index.ts';

/** Secrets that the server has made for itself. */
export const secretTable = table<{ readonly secret: string }>('secret');

/** Bytes of a secret: as many as HMAC-SHA-256 gives. */
const SECRET_BYTES = 32;

/**
 * A secret that was made when it was first needed and is kept with the data, so that what it signed outlives a
 * restart.
 *
 * @param name What it is for.
 */
export async function keptSecret(store: Store, name: string): Promise<string> {
  const known = await store.get(secretTable, name);
  if (known !== undefined) {
    return known.value.secret;
  }
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  try {
    await store.transact([put(secretTable, name, { secret }, { if: 'absent' })]);
    return secret;
  } catch (error) {
    // Another process was faster: its secret is the one.
    const theirs = error instanceof ConditionFailed ? await store.get(secretTable, name) : undefined;
    if (theirs === undefined) {
      throw error;
    }
    return theirs.value.secret;
  }
}
