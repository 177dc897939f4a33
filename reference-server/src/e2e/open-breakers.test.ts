import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { EmergencyActionType } from '@traffic-tacos/contracts/common/v1';
import { describe, expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { held, intentFor } from './booking.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, type Served, serve, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

async function breaker({ admin }: Pick<Clients, 'admin'>, service: string, open: boolean): Promise<void> {
  const { error } = await admin.emergencyAction({
    action: EmergencyActionType.CIRCUIT_BREAKER,
    parameters: { service, open: String(open) },
    confirm: true,
    idempotencyKey: crypto.randomUUID(),
  });
  expect(error).toBeUndefined();
}

/** What the catalog says of the only event: where its sale stands, and how many seats are left. */
async function shown({ catalog }: Clients): Promise<string> {
  const [{ event }, { events }] = await Promise.all([
    catalog.getEvent({ eventId: 'show' }),
    catalog.listEvents({}),
  ]);
  expect(events.map(({ status }) => status)).toEqual([event?.status]);
  return `${SaleStatus[event?.status ?? 0]} ${events[0]?.event?.remainingSeats}`;
}

test('events are read without the inventory: with the figures it gave last, or none', async () => {
  const served = await serve();
  await breaker(served, 'inventory', true);
  await putOnSale(served, saleOf({ rows: 1, seatsPerRow: 2 }));
  expect(await shown(served)).toBe('ON_SALE -1');
  await breaker(served, 'inventory', false);
  expect(await shown(served)).toBe('ON_SALE 2');
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  expect(await shown(served)).toBe('SOLD_OUT 0');

  await breaker(served, 'inventory', true);
  expect(await shown(served)).toBe('SOLD_OUT 0');
  const { error, event } = await served.catalog.updateEvent({
    event: { id: 'show', name: 'Another name' },
    updateMask: { paths: ['name'] },
  });
  expect(error).toBeUndefined();
  expect(event).toMatchObject({ name: 'Another name', status: SaleStatus.SOLD_OUT });

  await breaker(served, 'inventory', false);
  await served.reservations.cancelReservation({ reservationId, userId: 'ann' });
  expect(await shown(served)).toBe('ON_SALE 2');
});

/** A sale under way: what its calls are about. */
interface Sale extends Served {
  readonly waitingToken: string;
  readonly reservationId: string;
  readonly paymentIntentId: string;
}

const eventId = 'show';

/** Calls, and the services that they cannot do without for a moment. */
const CALLS: Readonly<
  Record<string, { readonly needs: readonly string[]; readonly call: (sale: Sale) => Promise<object> }>
> = {
  'read an event': { needs: ['catalog'], call: ({ catalog }) => catalog.getEvent({ eventId }) },
  'list events': { needs: ['catalog'], call: ({ catalog }) => catalog.listEvents({}) },
  'ask for a place in line': {
    needs: ['queue'],
    call: ({ queue, waitingToken }) => queue.getQueueStatus({ waitingToken }),
  },
  'join a line that is known': { needs: ['queue'], call: ({ queue }) => queue.joinQueue({ eventId }) },
  'list seats': {
    needs: ['inventory'],
    call: ({ inventory }) => inventory.listSeats({ eventId }),
  },
  'list seats at the gateway': {
    needs: ['gateway', 'inventory'],
    call: ({ gateway }) => gateway.listSeats({ eventId }),
  },
  'hold seats': {
    needs: ['reservation', 'inventory'],
    call: async ({ reservations }) => {
      const { reservationId, error } = await reservations.createReservation({
        eventId,
        userId: 'bob',
        seatIds: ['B1'],
      });
      return error === undefined
        ? reservations.cancelReservation({ reservationId, userId: 'bob' })
        : { error };
    },
  },
  'read a reservation': {
    needs: ['reservation'],
    call: ({ reservations, reservationId }) => reservations.getReservation({ reservationId }),
  },
  'read a reservation at the gateway': {
    needs: ['gateway', 'reservation'],
    call: ({ gateway, reservationId }) => gateway.getReservation({ reservationId }),
  },
  'list reservations': {
    needs: ['reservation'],
    call: ({ reservations }) => reservations.listReservations({ userId: 'ann' }),
  },
  'prolong a hold': {
    needs: ['reservation', 'inventory'],
    call: ({ reservations, reservationId }) =>
      reservations.extendHold({ reservationId, extensionSeconds: 1, idempotencyKey: crypto.randomUUID() }),
  },
  'begin to pay': {
    needs: ['payment', 'reservation'],
    call: ({ payments, reservationId }) =>
      payments.createPaymentIntent({
        reservationId,
        userId: 'ann',
        amount: { amount: 50_000n, currency: 'KRW' },
      }),
  },
  'read a payment': {
    needs: ['payment'],
    call: ({ payments, paymentIntentId }) => payments.getPaymentStatus({ paymentIntentId }),
  },
  'look at the worker': { needs: ['worker'], call: ({ worker }) => worker.healthCheck({}) },
  'look at the system': {
    needs: [],
    call: ({ admin }) => admin.getSystemHealth({ includeDependencies: true }),
  },
};

describe('with one circuit breaker open', () => {
  const sale = beforeAllTests(async (cleanUp): Promise<Sale> => {
    const store = await openStore({ memory: true, data: '' }, Date.now);
    cleanUp(() => store.close());
    const served = await serveOn({ store, clock: Date.now, worker: true, cleanUp });
    await putOnSale(served, saleOf({}));
    const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
    return {
      ...served,
      reservationId,
      paymentIntentId: await intentFor(served, reservationId, 'ann'),
      waitingToken: (await served.queue.joinQueue({ eventId })).waitingToken,
    };
  });

  test.each([
    ...['gateway', 'queue', 'catalog', 'inventory', 'reservation'],
    ...['payment', 'worker', 'websocket', 'webhook'],
  ])('the one to %s, whoever does not need it goes on', async (service) => {
    await breaker(sale(), service, true);
    const failed: string[] = [];
    for (const [name, { needs, call }] of Object.entries(CALLS)) {
      if (!needs.includes(service)) {
        const answer = await call(sale()).catch((error: unknown) => ({ error }));
        failed.push(...('error' in answer && answer.error !== undefined ? [`${name}: ${answer.error}`] : []));
      }
    }
    await breaker(sale(), service, false);
    expect(failed).toEqual([]);
  });
});
