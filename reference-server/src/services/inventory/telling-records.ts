import type { SeatChange, SeatRecords } from './seat-records.ts';

/** The same records, with somebody who is told of the seats of every change that was written. */
export function tellingRecords(records: SeatRecords, tell: (seats: readonly number[]) => void): SeatRecords {
  const told = ({ writes, written }: SeatChange, seats: readonly number[]): SeatChange => ({
    writes,
    written: (version) => {
      written(version);
      tell(seats);
    },
  });
  return {
    take: (hold, seats, now) => told(records.take(hold, seats, now), seats),
    async readOwn(hold, wanted) {
      const { seats, prolong, sell, free } = await records.readOwn(hold, wanted);
      return {
        seats,
        prolong: (expiresAt) => told(prolong(expiresAt), seats),
        sell: () => told(sell(), seats),
        free: () => told(free(), seats),
      };
    },
    refresh: (seats) => records.refresh(seats),
  };
}
