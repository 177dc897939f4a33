import { remembered } from './remembered.ts';
import { type TokenSecret, type TokenSigner, tokenSigner } from './signed-token.ts';

/** Which place in which line: what a waiting token says. */
export interface PlaceId {
  readonly eventId: string;
  /** Number of the place in its line, from 1. */
  readonly sequence: number;
  /** Drawn at random for the place, so that a number given out twice, after a data loss, is not the same place. */
  readonly nonce: number;
}

/** Valid tokens that are remembered: those of buyers who are polling, of the shorter lines. */
const REMEMBERED = 100_000;

/**
 * Waiting tokens: the credential of a place. They do not expire; the place does.
 *
 * @param secrets See {@link tokenSigner}.
 */
export function waitingTokens(secrets: readonly TokenSecret[]): TokenSigner<PlaceId> {
  const signer = tokenSigner<PlaceId>('w1', secrets, {
    encode: ({ eventId, sequence, nonce }) => [eventId, sequence, nonce],
    decode: (json) => {
      const [eventId, sequence, nonce] = Array.isArray(json) ? (json as unknown[]) : [];
      const valid =
        typeof eventId === 'string' && Number.isSafeInteger(sequence) && Number.isSafeInteger(nonce);
      return valid ? { eventId, sequence: sequence as number, nonce: nonce as number } : undefined;
    },
  });
  return remembered(signer, REMEMBERED);
}
