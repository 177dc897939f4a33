import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import type { Worlds } from './case.ts';
import { quietEvent, seatPrice } from './steps.ts';

/** The method that the gateway and the inventory have in common. */
export const listSeats = {
  good: async (world: Worlds) => {
    const seat = (number: string, status: SeatStatus) => ({
      id: `A${number}`,
      section: 'floor',
      row: 'A',
      number,
      price: seatPrice,
      status,
    });
    return {
      by: world.anonymous,
      request: { eventId: await quietEvent(world), section: 'floor', pagination: { pageSize: 2 } },
      answers: [
        {
          seats: [seat('1', SeatStatus.AVAILABLE), seat('2', SeatStatus.RESERVED)],
          pageInfo: { hasNextPage: true, totalCount: 3 },
        },
      ] as const,
    };
  },
  bad: async ({ anonymous, eventId }: Worlds) => ({
    by: anonymous,
    request: { eventId, pagination: { cursor: 'abc' } },
    refused: { code: 'INVALID_ARGUMENT', details: ['pagination.cursor UNKNOWN_CURSOR'] },
  }),
};
