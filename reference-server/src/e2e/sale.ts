import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Event, EventSchema } from '@traffic-tacos/contracts/catalog/v1';
import type { Clients } from './serve.ts';

/** The fields of a message, to be spread into others. */
export type Fields<D extends DescMessage> = Exclude<MessageInitShape<D>, MessageShape<D>>;

/** What an organiser writes of an event. */
export type EventInit = Fields<typeof EventSchema>;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Price of every seat of a sale. */
export const PRICE = { amount: 50_000n, currency: 'KRW' };

/** An event on sale: rows A, B, … of one section `floor`, with seats `A1`, `A2`, …, 50,000 won each. */
export function saleOf(options: {
  readonly rows?: number;
  readonly seatsPerRow?: number;
  readonly now?: number;
  readonly event?: EventInit;
}): EventInit {
  const { rows = 2, seatsPerRow = 10, now = Date.now(), event } = options;
  return {
    id: 'show',
    name: 'Show',
    venue: { name: 'Hall' },
    startTime: timestampFromMs(now + 30 * DAY_MS),
    saleStartTime: timestampFromMs(now - DAY_MS),
    priceTiers: [{ id: 'standard', price: PRICE }],
    sections: [
      {
        id: 'floor',
        name: 'Floor',
        priceTierId: 'standard',
        layout: {
          case: 'seated',
          value: {
            rows: Array.from({ length: rows }, (_, row) => {
              const id = String.fromCharCode(65 + row);
              return {
                id,
                seatIdPrefix: id,
                seats: { case: 'range' as const, value: { first: 1, count: seatsPerRow } },
              };
            }),
          },
        },
      },
    ],
    ...event,
  };
}

/** A section of rows, by their prefixes, whose seats are numbered from 1. */
export function seated(
  id: string,
  rows: Readonly<Record<string, number>>,
): NonNullable<EventInit['sections']> {
  const layout = Object.entries(rows).map(([prefix, count]) => ({
    id: `row-${prefix}`,
    seatIdPrefix: prefix,
    seats: { case: 'range' as const, value: { first: 1, count } },
  }));
  return [{ id, priceTierId: 'standard', layout: { case: 'seated', value: { rows: layout } } }];
}

/** Sections without seats, named by the prefixes of their places, whose places are numbered from 1. */
export function area(
  id: string,
  places: Readonly<Record<string, number>>,
): NonNullable<EventInit['sections']> {
  return Object.entries(places).map(([seatIdPrefix, capacity], at) => ({
    id: at === 0 ? id : `${id}-${at}`,
    priceTierId: 'standard',
    layout: { case: 'generalAdmission', value: { capacity, seatIdPrefix } },
  }));
}

/** Puts an event on sale. */
export async function putOnSale({ catalog }: Pick<Clients, 'catalog'>, event: EventInit): Promise<Event> {
  const created = await catalog.createEvent({ event, idempotencyKey: crypto.randomUUID() });
  if (created.event === undefined) {
    throw new Error(`the event was refused: ${created.error?.message}`);
  }
  return created.event;
}
