import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema, type Section, SectionSchema } from '@traffic-tacos/contracts/catalog/v1';
import type { VenueSchema } from '@traffic-tacos/contracts/common/v1';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Rows of a demo section: names of the rows, and seats in each. */
interface Rows {
  readonly names: readonly string[];
  readonly seats: number;
  /** Between the row's name and the number. */
  readonly separator: string;
  readonly tier: string;
  /** In front of the row's name, where several sections have rows of the same name. */
  readonly prefix?: string;
}

function section(id: string, name: string, rows: Rows): Section {
  return create(SectionSchema, {
    id,
    name,
    priceTierId: rows.tier,
    layout: {
      case: 'seated',
      value: {
        rows: rows.names.map((row) => ({
          id: row,
          seatIdPrefix: `${rows.prefix ?? ''}${row}${rows.separator}`,
          seats: { case: 'range' as const, value: { first: 1, count: rows.seats } },
        })),
      },
    },
  });
}

function event(
  now: number,
  tiers: Readonly<Record<string, bigint>>,
  init: MessageInitShape<typeof EventSchema>,
): Event {
  return create(EventSchema, {
    startTime: timestampFromMs(now + 30 * DAY_MS),
    endTime: timestampFromMs(now + 30 * DAY_MS + 3 * 60 * 60 * 1000),
    saleStartTime: timestampFromMs(now - DAY_MS),
    priceTiers: Object.entries(tiers).map(([id, amount]) => ({ id, price: { amount, currency: 'KRW' } })),
    ...init,
  });
}

const letters = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => String.fromCharCode(65 + at));

/** Prices of the arena's nine tiers, from the floor to the top of the stands, in won. */
const ARENA_PRICES = [220_000, 198_000, 176_000, 154_000, 143_000, 132_000, 121_000, 110_000, 99_000];

/**
 * The events of the demo, on sale since yesterday. `event_123` and its seats `A1`, `A2` at 50,000 won are those
 * that existing client programs ask for.
 */
export function demoEvents(now: number): Event[] {
  return [
    event(
      now,
      { standard: 50_000n },
      {
        id: 'event_123',
        name: 'Demo Concert',
        description: 'A small hall. Existing client programs book A1 and A2 here.',
        venue: venue('demo-hall', 'Demo Hall', 'Seoul', 200),
        sections: [
          section('main', 'Main Floor', { names: letters(10), seats: 20, separator: '', tier: 'standard' }),
        ],
      },
    ),
    event(
      now,
      { standard: 50_000n },
      {
        id: 'test',
        name: 'Test Event',
        description: 'For trying things out.',
        venue: venue('demo-hall', 'Demo Hall', 'Seoul', 200),
        sections: [
          section('main', 'Main Floor', { names: letters(10), seats: 20, separator: '', tier: 'standard' }),
        ],
      },
    ),
    event(
      now,
      { vip: 198_000n, standard: 154_000n },
      {
        id: 'bts-concert-2024',
        name: 'Stadium Concert',
        description: 'Two thousand seats in four blocks.',
        venue: venue('demo-stadium', 'Demo Stadium', 'Busan', 2_000),
        sections: ['101', '102', '103', '104'].map((block, at) =>
          section(block, `Block ${block}`, {
            names: letters(10),
            seats: 50,
            separator: '-',
            prefix: `${block}-`,
            tier: at < 2 ? 'vip' : 'standard',
          }),
        ),
      },
    ),
    event(
      now,
      { standard: 60_000n },
      {
        id: 'evt_2025_1001',
        name: 'Theatre Night',
        description: 'A theatre with rows A to T.',
        venue: venue('demo-theatre', 'Demo Theatre', 'Seoul', 600),
        sections: [
          section('stalls', 'Stalls', { names: letters(20), seats: 30, separator: '-', tier: 'standard' }),
        ],
      },
    ),
    event(now, Object.fromEntries(ARENA_PRICES.map((price, at) => [`tier-${at + 1}`, BigInt(price)])), {
      id: 'arena',
      name: 'Arena Show',
      description: 'Ten thousand seats in nine price tiers.',
      venue: venue('demo-arena', 'Demo Arena', 'Incheon', 10_000),
      // 9 sections: 8 of 1,100 seats and one of 1,200.
      sections: ARENA_PRICES.map((_, at) =>
        section(`S${at + 1}`, `Section ${at + 1}`, {
          names: letters(at === 8 ? 24 : 22),
          seats: 50,
          separator: '-',
          prefix: `S${at + 1}-`,
          tier: `tier-${at + 1}`,
        }),
      ),
    }),
  ];
}

function venue(
  id: string,
  name: string,
  city: string,
  totalCapacity: number,
): MessageInitShape<typeof VenueSchema> {
  return { id, name, address: { city, country: 'KR' }, totalCapacity };
}
