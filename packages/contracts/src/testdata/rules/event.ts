import type { MessageInitShape } from '@bufbuild/protobuf';
import { type EventSchema, OrphanSeatRule, type SectionSchema } from '@traffic-tacos/contracts/catalog/v1';
import {
  bigCount,
  each,
  enumOf,
  form,
  id,
  idList,
  type Limit,
  listOf,
  optionalId,
  range,
  upTo,
  within,
} from './limit.ts';
import { time, venue } from './types.ts';

type EventInit = Exclude<MessageInitShape<typeof EventSchema>, { $typeName: string }>;
type SectionInit = MessageInitShape<typeof SectionSchema>;

/** When the sale of `event` starts. */
export const SALE = 1_756_720_800;
/** When `event` begins. */
export const DOORS = SALE + 30 * 86_400;

const vip = { id: 'vip', price: { amount: 50_000n, currency: 'KRW' } };
/** A row of twenty seats. */
export const rowA = {
  id: 'A',
  seatIdPrefix: 'A',
  seats: { case: 'range' as const, value: { first: 1, count: 20 } },
};
/** A section with one row. */
export const seated = (row: object): SectionInit => ({
  id: 'A',
  priceTierId: 'vip',
  layout: { case: 'seated', value: { rows: [row] } },
});
/** A section without seats. */
export const floor = {
  id: 'GA',
  priceTierId: 'vip',
  layout: { case: 'generalAdmission' as const, value: { capacity: 100, seatIdPrefix: 'GA-' } },
};

/** An event with everything that a new one needs. */
export const event = {
  name: 'Autumn concert',
  venue: { name: 'Olympic Gymnastics Arena' },
  startTime: time(DOORS),
  saleStartTime: time(SALE),
  priceTiers: [vip],
  sections: [seated(rowA), floor],
} satisfies EventInit;

const prefix = form(['', 'A', 'A-', '101-A-', 'x'.repeat(112)], ['a b', 'a/', 'x'.repeat(113), 'é', 'a\n']);
const number = form(['1', '12A', 'x'.repeat(16)], ['', 'x'.repeat(17), '1 2', '1/2']);

const row: Limit = within(
  {
    id,
    seatIdPrefix: prefix,
    priceTierId: optionalId,
    'seats.range': within(
      { first: range(0, 1_000_000), count: range(1, 5000), step: range(0, 100) },
      { count: 1 },
    ),
    'seats.list': within(
      {
        numbers: {
          good: listOf(number, String, 5000).good.filter(
            (numbers) => Array.isArray(numbers) && numbers.length > 0,
          ),
          bad: [...listOf(number, String, 5000).bad, [[], 'repeated.min_items']],
        },
      },
      { numbers: ['1'] },
    ),
  },
  rowA,
);

const many = <T>(length: number, nth: (index: number) => T): T[] => Array.from({ length }, (_, i) => nth(i));

const section: Limit = within(
  {
    id,
    name: upTo(200),
    priceTierId: { good: id.good, bad: id.bad.filter(([value]) => value !== '') },
    'layout.seated': within(
      {
        rows: {
          good: [...each(row).good, many(2000, (i) => ({ ...rowA, id: `${i}` }))],
          bad: [...each(row).bad, [many(2001, (i) => ({ ...rowA, id: `${i}` })), 'repeated.max_items']],
        },
      },
      { rows: [rowA] },
    ),
    'layout.generalAdmission': within(
      { capacity: range(1, 1_000_000), seatIdPrefix: prefix },
      { capacity: 1 },
    ),
  },
  floor,
);

const priceTier: Limit = within(
  {
    id,
    name: upTo(200),
    price: within(
      {
        amount: { good: [0n, 10n ** 12n], bad: bigCount.bad },
        currency: form(['USD'], ['', 'krw', 'KRWX']),
      },
      vip.price,
    ),
  },
  vip,
);

/** Of an event's fields, in a new event and in a changed one. */
export const eventLimits: Readonly<Record<string, Limit>> = {
  id: optionalId,
  name: { good: ['x', 'x'.repeat(200)], bad: upTo(200).bad },
  description: upTo(10_000),
  venue,
  sections: {
    good: [...each(section).good, many(2000, (i) => ({ ...floor, id: `${i}` }))],
    bad: [...each(section).bad, [many(2001, (i) => ({ ...floor, id: `${i}` })), 'repeated.max_items']],
  },
  priceTiers: {
    good: [...each(priceTier).good, many(200, (i) => ({ ...vip, id: `${i}` }))],
    bad: [
      ...each(priceTier).bad,
      [many(201, (i) => ({ ...vip, id: `${i}` })), 'repeated.max_items'],
      [[{ id: 'vip' }], 'required', '[0].price'],
      [[{ id: 'vip', price: { amount: 10n ** 12n + 1n, currency: 'KRW' } }], 'price_tier.price', '[0]'],
    ],
  },
  blockedSeatIds: idList(50_000),
  perUserTicketLimit: range(0, 10),
  holdSeconds: range(0, 1800),
  orphanSeatRule: enumOf(OrphanSeatRule),
  preQueue: {
    good: [{ opensAt: time(SALE - 1) }],
    bad: [[{}, 'required', '.opens_at']],
  },
  admissionRatePerMinute: range(0, 1_000_000),
};

/** What is wrong with a whole event, wherever it stands. */
export const wrongEvents: readonly (readonly [change: EventInit, violation: string])[] = [
  [{ endTime: time(DOORS) }, 'event event.end_time'],
  [{ endTime: time(DOORS - 1) }, 'event event.end_time'],
  [{ saleEndTime: time(SALE) }, 'event event.sale_end_time'],
  [{ saleStartTime: time(DOORS) }, 'event event.sale_start_time'],
  [{ preQueue: { opensAt: time(SALE) } }, 'event event.pre_queue_opens_at'],
  [{ sections: [floor, floor] }, 'event event.section_ids'],
  [{ priceTiers: [vip, vip] }, 'event event.price_tier_ids'],
  [{ priceTiers: [vip, { id: 'b', price: { amount: 1n, currency: 'USD' } }] }, 'event event.currency'],
  [{ sections: [{ id: 'A', priceTierId: 'vip' }] }, 'event.sections[0] section.layout'],
  [{ sections: [{ ...floor, priceTierId: '' }] }, 'event.sections[0] section.price_tier_id'],
  [{ sections: [{ ...seated(rowA), priceTierId: '' }] }, 'event.sections[0] section.price_tier_id'],
  [{ sections: [seated({ id: 'A' })] }, 'event.sections[0].seated.rows[0] row.seats'],
];

/** A seated section as answers have it when the layout was not asked for. */
export const withoutRows = {
  id: 'A',
  priceTierId: 'vip',
  layout: { case: 'seated' as const, value: {} },
};
