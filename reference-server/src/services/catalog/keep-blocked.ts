import type { Client } from '@connectrpc/connect';
import type { Event } from '@traffic-tacos/contracts/catalog/v1';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { refuse } from '@traffic-tacos/server';
import { seatIndex } from '../../domain/inventory/seat-index.ts';
import { answered } from '../shared/answered.ts';
import { newId } from '../shared/new-id.ts';
import { timestampOf } from '../shared/time.ts';
import { saleOf } from './event-record.ts';
import { layoutOf } from './layout-of.ts';

/** Seats the inventory holds with one call. */
const SEATS_A_HOLD = 10;

/** Calls at once. */
const HOLDS_AT_ONCE = 20;

/**
 * Milliseconds for which the seats stay held once the event is written: until everybody who reads it has read that they
 * are blocked, and calls that began before have ended.
 */
const KEPT_MS = 5_000;

/** Milliseconds that holding one of them, and writing it as a part of the event, may take: several times as long as it does. */
const A_SEAT_MS = 1;

/**
 * Blocks seats: holds those that the event blocks anew, so that nobody else can take them while it is written. After
 * that the event keeps them out of the sale, and the holds lapse; so they do when the process ends in between.
 *
 * @param write Writes the event. Where it fails, the seats are given back.
 * @throws CallFailure FAILED_PRECONDITION that names a seat which somebody holds or has bought.
 */
export async function keepingBlocked<T>(
  deps: { readonly inventory: Client<typeof InventoryService>; readonly clock: () => number },
  change: { readonly current: Event; readonly next: Event },
  write: () => Promise<T>,
): Promise<T> {
  const { inventory, clock } = deps;
  const wanted = inTens(newlyBlocked(change.current, change.next, clock()));
  const heldUntil = clock() + KEPT_MS + wanted.length * SEATS_A_HOLD * A_SEAT_MS;
  const holds: { readonly eventId: string; readonly reservationId: string }[] = [];

  const hold = async (seatIds: string[]): Promise<void> => {
    const of = { eventId: change.next.id, reservationId: newId('block') };
    const answer = await inventory.reserveSeat({
      ...of,
      seatIds,
      holdExpiresAt: timestampOf(heldUntil),
      idempotencyKey: `${of.reservationId}/hold`,
    });
    refuseTaken(answer);
    answered(answer);
    holds.push(of);
  };

  try {
    for (let at = 0; at < wanted.length; at += HOLDS_AT_ONCE) {
      const tried = await Promise.allSettled(wanted.slice(at, at + HOLDS_AT_ONCE).map(hold));
      const failed = tried.find((result) => result.status === 'rejected');
      if (failed !== undefined) {
        throw failed.reason;
      }
    }
    if (wanted.length > 0 && clock() > heldUntil - KEPT_MS) {
      throw refuse(
        'CONCURRENT_MODIFICATION',
        'holding the seats of event.blocked_seat_ids took too long; block fewer at once',
      );
    }
    return await write();
  } catch (error) {
    await Promise.allSettled(
      holds.map((of) => inventory.releaseHold({ ...of, idempotencyKey: `${of.reservationId}/release` })),
    );
    throw error;
  }
}

/** Seats that the event takes out of the sale now, and that somebody could hold. */
function newlyBlocked(current: Event, next: Event, now: number): string[] {
  if (now + KEPT_MS < Math.min(saleOf(current).startsAt, saleOf(next).startsAt)) {
    return [];
  }
  const known = new Set(current.blockedSeatIds);
  const seats = seatIndex(layoutOf(current));
  return next.blockedSeatIds.filter((id) => !known.has(id) && seats.indexOf(id) >= 0);
}

function inTens(seatIds: readonly string[]): string[][] {
  const tens: string[][] = [];
  for (let at = 0; at < seatIds.length; at += SEATS_A_HOLD) {
    tens.push(seatIds.slice(at, at + SEATS_A_HOLD));
  }
  return tens;
}

function refuseTaken({ error }: Awaited<ReturnType<Client<typeof InventoryService>['reserveSeat']>>): void {
  const taken = error?.code === ErrorCode.INVENTORY_CONFLICT ? error.details[0]?.value : undefined;
  if (taken !== undefined) {
    throw refuse(
      'FAILED_PRECONDITION',
      `event.blocked_seat_ids: seat "${taken}" is held or sold and cannot be blocked`,
      [{ field: 'event.blocked_seat_ids', reason: 'SEAT_TAKEN', value: taken }],
    );
  }
}
