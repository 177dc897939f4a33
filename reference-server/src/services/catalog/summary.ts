import { create } from '@bufbuild/protobuf';
import { type Event, type EventSummary, EventSummarySchema } from '@traffic-tacos/contracts/catalog/v1';
import {
  type Event as BuyersEvent,
  EventSchema as BuyersEventSchema,
} from '@traffic-tacos/contracts/common/v1';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import { moneyOf } from '../shared/money.ts';
import { saleOf, statusOf } from './event-record.ts';

/** What is said instead of a number of free seats that nobody knows. */
const UNKNOWN = -1;

/** The event as buyers see it. */
export function buyersEventOf(event: Event, freeSeats: number | undefined): BuyersEvent {
  return create(BuyersEventSchema, {
    id: event.id,
    name: event.name,
    description: event.description,
    ...(event.venue && { venue: event.venue }),
    ...(event.startTime && { startTime: event.startTime }),
    ...(event.endTime && { endTime: event.endTime }),
    ...(event.saleStartTime && { saleStartTime: event.saleStartTime }),
    ...((event.saleEndTime ?? event.startTime) && { saleEndTime: event.saleEndTime ?? event.startTime }),
    totalSeats: event.totalSeats - event.blockedSeatIds.length,
    remainingSeats: freeSeats ?? UNKNOWN,
  });
}

/** What a list shows of an event. */
export function summaryOf(event: Event, freeSeats: number | undefined, now: number): EventSummary {
  const prices = event.priceTiers.flatMap((tier) => (tier.price === undefined ? [] : [tier.price]));
  const amounts = prices.map((price) => Number(price.amount));
  const currency = prices[0]?.currency ?? '';
  return create(EventSummarySchema, {
    event: buyersEventOf(event, freeSeats),
    status: statusOf(saleStateAt(saleOf(event), now, freeSeats)),
    minPrice: moneyOf(Math.min(...amounts), currency),
    maxPrice: moneyOf(Math.max(...amounts), currency),
    ...(event.preQueue?.opensAt && { preQueueOpensAt: event.preQueue.opensAt }),
  });
}
