import { type CatalogService, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { expect } from 'vitest';
import { saleOf } from '../sale.ts';
import type { CasesOf } from './case.ts';
import { key, seatPrice, someTime } from './steps.ts';

export const catalogCases: CasesOf<typeof CatalogService> = {
  createEvent: {
    good: async ({ admin }) => ({
      by: admin,
      request: { event: saleOf({ rows: 1, seatsPerRow: 3, event: { id: 'opera' } }), ...key() },
      answers: [
        {
          event: {
            id: 'opera',
            name: 'Show',
            status: SaleStatus.ON_SALE,
            totalSeats: 3,
            revision: expect.any(BigInt),
            createdAt: someTime,
            sections: [{ id: 'floor', totalSeats: 3 }],
            priceTiers: [{ id: 'standard', price: seatPrice }],
          },
        },
      ],
      afterwards: async () => {
        const { events } = await admin.catalog.listEvents({});
        expect(events.map(({ event }) => event?.id)).toContain('opera');
      },
    }),
    bad: async ({ admin }) => ({
      by: admin,
      request: { event: saleOf({ event: { id: 'no/such/id' } }), ...key() },
      refused: { code: 'INVALID_ARGUMENT', details: ['event.id STRING_PATTERN'] },
    }),
  },
  updateEvent: {
    good: async ({ admin }) => {
      await admin.catalog.createEvent({ event: saleOf({ event: { id: 'ballet' } }), ...key() });
      return {
        by: admin,
        request: { event: { id: 'ballet', name: 'Swans' }, updateMask: { paths: ['name'] }, ...key() },
        answers: [{ event: { id: 'ballet', name: 'Swans', totalSeats: 20, updatedAt: someTime } }],
        afterwards: async () => {
          expect((await admin.catalog.getEvent({ eventId: 'ballet' })).event?.name).toBe('Swans');
        },
      };
    },
    bad: async ({ admin }) => ({
      by: admin,
      request: { event: { id: 'nowhere', name: 'Swans' }, updateMask: { paths: ['name'] }, ...key() },
      refused: { code: 'NOT_FOUND', details: ['event.id EVENT_NOT_FOUND'] },
    }),
  },
  getEvent: {
    good: async ({ anonymous, eventId }) => ({
      by: anonymous,
      request: { eventId, includeLayout: true },
      answers: [
        {
          event: {
            id: eventId,
            name: 'Show',
            venue: { name: 'Hall' },
            status: SaleStatus.ON_SALE,
            totalSeats: 500,
            sections: [{ id: 'floor', layout: { case: 'seated', value: { rows: { length: 10 } } } }],
          },
        },
      ],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { eventId: 'nowhere' },
      refused: { code: 'NOT_FOUND', details: ['event_id EVENT_NOT_FOUND'] },
    }),
  },
  listEvents: {
    good: async ({ anonymous, eventId }) => ({
      by: anonymous,
      request: { statuses: [SaleStatus.ON_SALE] },
      answers: [
        {
          events: expect.arrayContaining([
            expect.objectContaining({
              event: expect.objectContaining({ id: eventId, totalSeats: 500 }),
              status: SaleStatus.ON_SALE,
              minPrice: expect.objectContaining(seatPrice),
              maxPrice: expect.objectContaining(seatPrice),
            }),
          ]),
          pageInfo: { hasNextPage: false },
        },
      ],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { pagination: { pageSize: 101 } },
      refused: { code: 'INVALID_ARGUMENT', details: ['pagination.page_size INT32_GTE_LTE'] },
    }),
  },
};
