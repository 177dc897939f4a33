import type { SeatMap } from '../../domain/inventory/seat-map.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';

/** What the store keeps of a seat that is taken, or was. */
export interface TakenSeat {
  readonly sold: boolean;
  /** Of a hold: epoch milliseconds from which on the seat is free. */
  readonly expiresAt: number;
  readonly version: number;
}

/** Has the map take over what the store keeps of a seat; `undefined`: nothing. */
export type ApplySeat = (seat: number, taken: TakenSeat | undefined) => void;

/**
 * How seats get into a map.
 *
 * @param isBlocked Whether the organiser has taken the seat out of the sale.
 */
export function applySeat(map: SeatMap, isBlocked: (seat: number) => boolean): ApplySeat {
  return (seat, taken) => {
    const state = isBlocked(seat)
      ? SeatState.BLOCKED
      : taken === undefined
        ? SeatState.AVAILABLE
        : SeatState.RESERVED;
    map.apply(seat, {
      state: taken?.sold ? SeatState.SOLD : state,
      expiresAt: taken?.expiresAt ?? 0,
      version: taken?.version ?? 0,
    });
  };
}
