import type { CreateReservationRequest } from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { put, type Store, type Write } from '../../store/index.ts';
import type { AdmissionCheck, ReservationDeps } from './deps.ts';
import { spentTokenTable } from './tables.ts';

/** A reservation token that is worth something: its id and end. */
export type Pass = Extract<AdmissionCheck, { ok: true }>;

/** The pass that a request shows; `undefined` where none is shown and none is needed. */
export function passOf(
  deps: ReservationDeps,
  request: CreateReservationRequest,
  call: Call,
): Pass | undefined {
  if (request.reservationToken === '') {
    if (deps.settings.requireReservationToken) {
      throw tokenRefused('MISSING', 'is missing: ask QueueService.RequestAdmission for one');
    }
    call.warn('reservation_token is missing: accepted because of the dev profile');
    return undefined;
  }
  const check = deps.admission(request.reservationToken, request);
  if (!check.ok) {
    const why = {
      MALFORMED: 'was not issued here',
      EXPIRED: 'has lapsed: ask QueueService.RequestAdmission for a new one',
      OTHER_EVENT: 'is for another event',
      OTHER_BUYER: 'is for another buyer',
    };
    throw tokenRefused(check.reason, why[check.reason]);
  }
  return check;
}

/**
 * How long a spent token is remembered after its end: longer than a call that was let in with it can take. A
 * record that ended with the token would let such a call spend it again.
 */
const SPENT_MARGIN_MS = 10 * 60_000;

/** Whether a reservation was made with the pass before. */
export async function isSpent(store: Store, pass: Pass | undefined): Promise<boolean> {
  return pass !== undefined && (await store.get(spentTokenTable, pass.tokenId)) !== undefined;
}

/** The write that spends a pass, which succeeds once. */
export function spend(pass: Pass | undefined, reservationId: string): Write[] {
  if (pass === undefined) {
    return [];
  }
  const expiresAt = pass.expiresAt + SPENT_MARGIN_MS;
  return [put(spentTokenTable, pass.tokenId, { reservationId }, { if: 'absent', expiresAt })];
}

/** The refusal of a pass that is spent. */
export function spentRefused(): Error {
  return tokenRefused('SPENT', 'has been used for a reservation already');
}

function tokenRefused(reason: string, why: string): Error {
  return refuse('FAILED_PRECONDITION', `reservation_token ${why}`, [
    { field: 'reservation_token', reason: `RESERVATION_TOKEN_${reason}` },
  ]);
}
