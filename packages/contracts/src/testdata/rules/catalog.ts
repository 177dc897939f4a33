import {
  CreateEventRequestSchema,
  GetEventRequestSchema,
  ListEventsRequestSchema,
  SaleStatus,
  UpdateEventRequestSchema,
} from '@traffic-tacos/contracts/catalog/v1';
import { DOORS, event, eventLimits, rowA, SALE, seated, withoutRows, wrongEvents } from './event.ts';
import { bigCount, id, key, type Limit, within } from './limit.ts';
import { type RequestCases, request } from './request.ts';
import { pagination, time } from './types.ts';

const paths = (...names: string[]): { paths: string[] } => ({ paths: names });
const change = { id: 'event_123' };

const updateMask: Limit = {
  good: [
    paths('name'),
    paths('name', 'description', 'venue', 'start_time', 'end_time', 'sale_start_time', 'sale_end_time'),
    paths('price_tiers', 'blocked_seat_ids', 'per_user_ticket_limit', 'hold_seconds'),
    paths('sections', 'orphan_seat_rule', 'pre_queue', 'admission_rate_per_minute'),
  ],
  bad: [
    [undefined, 'required'],
    [paths(), 'update_event.update_mask_empty'],
    ...[
      'venue.name',
      '*',
      'id',
      'revision',
      'total_seats',
      'created_at',
      'updated_at',
      'saleStartTime',
      '',
    ].map((path) => [paths('name', path), 'update_event.update_mask_paths'] as const),
  ],
};

export const catalogRules: readonly RequestCases[] = [
  request(
    CreateEventRequestSchema,
    { event },
    { event: within(eventLimits, event), idempotencyKey: key },
    {
      valid: [
        { event: { ...event, status: SaleStatus.PAUSED } },
        { event: { ...event, endTime: time(DOORS + 1), saleEndTime: time(SALE + 1) } },
        { event: { ...event, saleStartTime: time(DOORS), saleEndTime: time(DOORS + 1) } },
        { event: { ...event, sections: [{ ...seated({ ...rowA, priceTierId: 'vip' }), priceTierId: '' }] } },
        { event: { ...event, totalSeats: -1, revision: -1n, createdAt: time(0), updatedAt: time(0) } },
      ],
      invalid: [
        [{}, 'event required'],
        [{ event: { ...event, name: '' } }, ' create_event.name'],
        [{ event: { ...event, venue: {} } }, ' create_event.venue'],
        [
          {
            event: {
              name: 'Autumn concert',
              startTime: event.startTime,
              saleStartTime: event.saleStartTime,
              priceTiers: event.priceTiers,
              sections: event.sections,
            },
          },
          ' create_event.venue',
        ],
        [
          { event: { name: 'Autumn concert', venue: event.venue } },
          ' create_event.start_time',
          ' create_event.sale_start_time',
          ' create_event.sections',
          ' create_event.price_tiers',
        ],
        [{ event: { ...event, sections: [withoutRows] } }, ' create_event.rows'],
        [{ event: { ...event, status: SaleStatus.ON_SALE } }, ' create_event.status'],
        [
          { event: { ...event, status: 7 as SaleStatus } },
          ' create_event.status',
          'event.status enum.defined_only',
        ],
        ...wrongEvents.map(([change, violation]) => [{ event: { ...event, ...change } }, violation] as const),
      ],
    },
  ),
  request(
    UpdateEventRequestSchema,
    { event: change, updateMask: paths('name') },
    { updateMask, expectedRevision: bigCount, idempotencyKey: key },
    {
      valid: [
        { event: { ...event, ...change }, updateMask: paths('sections') },
        { event: { ...change, status: SaleStatus.ON_SALE }, updateMask: paths('status') },
        { event: { ...change, status: SaleStatus.PAUSED }, updateMask: paths('status') },
        { event: { ...change, status: SaleStatus.CANCELLED }, updateMask: paths('status') },
        // What the mask does not name is not looked at: an event goes back as it was read.
        { event: { ...change, status: SaleStatus.SCHEDULED }, updateMask: paths('name') },
        { event: { ...event, ...change, sections: [withoutRows] }, updateMask: paths('name') },
      ],
      invalid: [
        [{ updateMask: paths('name') }, 'event required'],
        [{ event: { name: 'x' }, updateMask: paths('name') }, 'event update_event.event_id'],
        [
          { event: { ...change, status: SaleStatus.SCHEDULED }, updateMask: paths('status') },
          ' update_event.status',
        ],
        [
          { event: { ...change, status: SaleStatus.SOLD_OUT }, updateMask: paths('status') },
          ' update_event.status',
        ],
        [
          { event: { ...change, status: SaleStatus.ENDED }, updateMask: paths('status') },
          ' update_event.status',
        ],
        [{ event: change, updateMask: paths('name', 'status') }, ' update_event.status'],
        [
          { event: { ...change, sections: [withoutRows] }, updateMask: paths('sections') },
          ' update_event.rows',
        ],
        ...wrongEvents.map(
          ([wrong, violation]) =>
            [{ event: { ...event, ...change, ...wrong }, updateMask: paths('name') }, violation] as const,
        ),
      ],
    },
  ),
  request(
    GetEventRequestSchema,
    { eventId: 'event_123' },
    { eventId: id },
    { valid: [{ eventId: 'event_123', includeLayout: true }], invalid: [[{}, 'event_id string.pattern']] },
  ),
  request(
    ListEventsRequestSchema,
    {},
    {
      pagination,
      statuses: {
        good: [[], [2, 4], [1, 2, 3, 4, 5, 6]],
        bad: [
          [[1, 2, 1], 'repeated.unique'],
          [[2, 0], 'enum.not_in', '[1]'],
          [[2, 7], 'enum.defined_only', '[1]'],
        ],
      },
    },
    {
      valid: [{ startTimeFrom: time(1), startTimeBefore: time(2) }],
      invalid: [
        [{ startTimeFrom: time(2), startTimeBefore: time(2) }, ' list_events.start_time_range'],
        [{ statuses: [1, 2, 3, 4, 5, 6, 1] }, 'statuses repeated.max_items', 'statuses repeated.unique'],
      ],
    },
  ),
];
