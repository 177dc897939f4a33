import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import type { WatchSeatsResponse } from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';

/** What a client makes of WatchSeats, by the rules of the contract and nothing else. */
export interface LiveMap {
  /** Whether the snapshot is complete. */
  readonly isComplete: boolean;
  readonly sequence: bigint;
  readonly resumeToken: string;
  /** Chunks, deltas and heartbeats that were applied. */
  readonly applied: { readonly snapshots: number; readonly deltas: number; readonly heartbeats: number };
  apply(message: WatchSeatsResponse): void;
  /** Seats by status, as {@link seatsByStatus} has them. */
  byStatus(): Readonly<Record<string, readonly string[]>>;
}

/** An empty map. Fails where a message contradicts those before it. */
export function liveMap(): LiveMap {
  let ids: string[] = [];
  let statuses: number[] = [];
  let isComplete = false;
  let sequence = -1n;
  let resumeToken = '';
  const applied = { snapshots: 0, deltas: 0, heartbeats: 0 };
  return {
    applied,
    get isComplete() {
      return isComplete;
    },
    get sequence() {
      return sequence;
    },
    get resumeToken() {
      return resumeToken;
    },
    apply(message) {
      const { payload } = message;
      switch (payload.case) {
        case 'snapshot': {
          const { firstIndex, totalSeats, last, blocks } = payload.value;
          applied.snapshots++;
          if (firstIndex === 0) {
            ids = [];
            statuses = [];
          } else {
            expect(message.sequence).toBe(sequence);
          }
          expect(firstIndex).toBe(ids.length);
          for (const { naming, statuses: bytes } of blocks) {
            bytes.forEach((status, at) => {
              ids.push(
                naming.case === 'range'
                  ? `${naming.value.idPrefix}${naming.value.firstNumber + at}`
                  : (naming.value?.ids[at] ?? ''),
              );
              statuses.push(status);
            });
          }
          isComplete = last;
          expect(last).toBe(ids.length === totalSeats);
          expect(message.resumeToken !== '').toBe(last);
          break;
        }
        case 'delta': {
          applied.deltas++;
          expect(isComplete).toBe(true);
          expect(payload.value.previousSequence <= sequence, 'a change was missed').toBe(true);
          expect(message.sequence > sequence, 'a change came twice').toBe(true);
          const seen = new Set<number>();
          for (const { status, indexes } of payload.value.changes) {
            expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
            for (const index of indexes) {
              expect(seen.has(index)).toBe(false);
              expect(index).toBeLessThan(ids.length);
              seen.add(index);
              statuses[index] = status;
            }
          }
          break;
        }
        default:
          applied.heartbeats++;
          expect(message.sequence >= sequence).toBe(true);
      }
      sequence = message.sequence;
      resumeToken = message.resumeToken || resumeToken;
    },
    byStatus() {
      const found: Record<string, string[]> = {};
      for (const name of Object.keys(SeatStatus).filter((key) => Number.isNaN(Number(key)))) {
        found[name] = [];
      }
      statuses.forEach((status, at) => {
        found[SeatStatus[status] ?? '']?.push(ids[at] ?? '');
      });
      return found;
    },
  };
}
