import { type Seat, SeatStatus } from '@traffic-tacos/contracts/common/v1';
import type { ListSeatsResponse } from '@traffic-tacos/contracts/gateway/v1';
import { refusal } from '../errors.ts';
import { ask, type BookingContext, unlessCancelled } from './context.ts';
import type { ChooseSeats } from './request.ts';

/**
 * Has the buyer choose.
 *
 * @param taken Seats of the last choice that others took.
 * @throws TacosError INVALID_ARGUMENT when no seat is chosen.
 */
export async function choose(
  context: BookingContext,
  chooseSeats: ChooseSeats,
  taken: readonly string[],
): Promise<readonly string[]> {
  const choice = { seats: availableSeats.bind(undefined, context), taken, signal: context.request.signal };
  const seatIds = await unlessCancelled(context, Promise.resolve(choice).then(chooseSeats));
  if (seatIds.length === 0) {
    throw refusal('INVALID_ARGUMENT', 'chooseSeats chose no seat; expected at least one');
  }
  return seatIds;
}

// The most that the contract allows.
const PAGE_SIZE = 100;

async function* availableSeats(context: BookingContext, section = ''): AsyncGenerator<Seat, void> {
  const { gateway, request } = context;
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const pagination = { cursor, pageSize: PAGE_SIZE };
    const wanted = { eventId: request.eventId, section, status: SeatStatus.AVAILABLE, pagination };
    const page: ListSeatsResponse = await ask(context, (options) => gateway.listSeats(wanted, options));
    yield* page.seats;
    cursor = page.pageInfo?.nextCursor || undefined;
  }
}
