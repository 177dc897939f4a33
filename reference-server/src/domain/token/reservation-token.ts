import { type TokenSecret, tokenSigner, type Verified } from './signed-token.ts';

/** What a reservation token says. */
export interface ReservationPass {
  /** Unique; by it the token is spent. */
  readonly id: string;
  readonly eventId: string;
  /** The buyer it was given to; empty for one without an id, which only the dev profile lets in. */
  readonly buyerId: string;
  /** Epoch milliseconds from which on it is worth nothing. */
  readonly expiresAt: number;
}

/** What a reservation token turned out to be. */
export type VerifiedReservationPass =
  | Verified<ReservationPass>
  | { readonly kind: 'EXPIRED'; readonly payload: ReservationPass };

/** Makes and checks reservation tokens. */
export interface ReservationTokens {
  /** The same pass always gives the same token, as long as the secret stays. */
  sign(pass: ReservationPass): string;
  /** @param now Epoch milliseconds. */
  verify(token: string, now: number): VerifiedReservationPass;
}

/**
 * Reservation tokens: the right to make one reservation, for one event and buyer. Whether one has been spent
 * is for the reservations to know.
 *
 * @param secrets See {@link tokenSigner}.
 */
export function reservationTokens(secrets: readonly TokenSecret[]): ReservationTokens {
  const signer = tokenSigner<ReservationPass>('r1', secrets, {
    encode: ({ id, eventId, buyerId, expiresAt }) => [id, eventId, buyerId, expiresAt],
    decode: (json) => {
      const [id, eventId, buyerId, expiresAt] = Array.isArray(json) ? (json as unknown[]) : [];
      const valid =
        typeof id === 'string' &&
        typeof eventId === 'string' &&
        typeof buyerId === 'string' &&
        Number.isSafeInteger(expiresAt);
      return valid ? { id, eventId, buyerId, expiresAt: expiresAt as number } : undefined;
    },
  });
  return {
    sign: signer.sign,
    verify(token, now) {
      const verified = signer.verify(token);
      return verified.kind === 'VALID' && verified.payload.expiresAt <= now
        ? { kind: 'EXPIRED', payload: verified.payload }
        : verified;
    },
  };
}
