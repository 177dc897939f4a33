import type { ReservationTokens } from '../../domain/token/index.ts';
import type { Clock } from '../shared/time.ts';
import type { ReservationDeps } from './deps.ts';

/** Checks reservation tokens by their signature, end, event and buyer. */
export function admissionCheck(tokens: ReservationTokens, clock: Clock): ReservationDeps['admission'] {
  return (token, { eventId, userId }) => {
    const verified = tokens.verify(token, clock());
    if (verified.kind === 'EXPIRED') {
      return { ok: false, reason: 'EXPIRED' };
    }
    if (verified.kind !== 'VALID') {
      return { ok: false, reason: 'MALFORMED' };
    }
    const pass = verified.payload;
    if (pass.eventId !== eventId) {
      return { ok: false, reason: 'OTHER_EVENT' };
    }
    if (pass.buyerId !== userId) {
      return { ok: false, reason: 'OTHER_BUYER' };
    }
    return { ok: true, tokenId: pass.id, expiresAt: pass.expiresAt };
  };
}
