import { EmergencyActionType } from '@traffic-tacos/contracts/common/v1';
import { ConditionFailed, StoreUnavailable } from '../../store/index.ts';
import { askRest, type RestAnswer } from '../ask.ts';
import { quietEvent } from '../every-rpc/steps.ts';
import type { World } from '../every-rpc/world.ts';
import type { FaultyStore } from '../faulty-store.ts';
import { saleOf } from '../sale.ts';
import type { Served } from '../serve.ts';
import { type Buyer, buyerAt, entered, held, intended, key, paid } from './buyer.ts';

/** Where an error is looked for. */
export interface Places {
  readonly world: World;
  /** Makes the time of its holds be over. */
  readonly lapsing: World & { readonly lapse: () => void };
  /** A server of the dev profile whose store can fail, and which is patient or, with the contract's deadlines, not. */
  readonly faulty: Served & FaultyStore;
  readonly hasty: Served & FaultyStore;
}

/** How a REST caller comes to see a code, or why none ever does. */
export type Reach = ((places: Places) => Promise<RestAnswer>) | { readonly never: string };

const someone = async ({ url, buyer }: World): Promise<Buyer> => {
  const { id, token } = await buyer();
  return buyerAt(url, id, token);
};

const reservations = '/api/v1/reservations';

/** Asks for seats of an event. */
async function wish(world: World, eventId: string, wanted: object): Promise<RestAnswer> {
  const buyer = await someone(world);
  const body = { eventId, reservationToken: await entered(buyer, eventId), ...wanted };
  return buyer.ask('POST', reservations, { body, key: key() });
}

/** Asks while a fault is in the store. */
async function during(
  faulty: FaultyStore,
  fault: FaultyStore['fault'],
  ask: () => Promise<RestAnswer>,
): Promise<RestAnswer> {
  faulty.fault = fault;
  try {
    return await ask();
  } finally {
    faulty.fault = undefined;
  }
}

/** Asks while the circuit breaker to a service is open. */
async function without(service: string, { admin, url }: Served, path: string): Promise<RestAnswer> {
  const act = (open: string) =>
    admin.emergencyAction({
      action: EmergencyActionType.CIRCUIT_BREAKER,
      parameters: { service, open },
      confirm: true,
    });
  await act('true');
  try {
    return await askRest(url, 'GET', path);
  } finally {
    await act('false');
  }
}

const event = '/api/v1/events/nowhere';
const never = () => new Promise<void>(() => undefined);

/** Every code that stands in `error.code`: those of the contract's error table. */
export const codes: Readonly<Record<string, Reach>> = {
  UNKNOWN: { never: 'no error is without a code' },
  UNAUTHENTICATED: ({ world }) => askRest(world.url, 'GET', `${reservations}/rsv`),
  FORBIDDEN: async ({ world }) => (await someone(world)).ask('GET', `${reservations}/rsv?userId=another`),
  UNAUTHORIZED: { never: 'what has a path is for everybody or for every buyer, and asks for no scope' },
  INVALID_ARGUMENT: async ({ world }) => (await someone(world)).ask('GET', `${reservations}/no%20id`),
  NOT_FOUND: async ({ world }) => (await someone(world)).ask('GET', event),
  RESERVATION_NOT_FOUND: async ({ world }) => (await someone(world)).ask('GET', `${reservations}/rsv_none`),
  ALREADY_EXISTS: { never: 'only operators choose the id of something new, and not by REST' },
  FAILED_PRECONDITION: async ({ world }) =>
    (await someone(world)).ask('POST', reservations, {
      body: { eventId: world.eventId, quantity: 1 },
      key: key(),
    }),
  RESERVATION_ALREADY_CONFIRMED: async ({ world }) => {
    const buyer = await someone(world);
    const { reservationId, paymentIntentId } = await paid(buyer, world.eventId, [world.freeSeat()]);
    const path = `${reservations}/${reservationId}`;
    await buyer.done('POST', `${path}/confirm`, { body: { paymentIntentId }, key: key() });
    return buyer.ask('DELETE', path, { key: key() });
  },
  RATE_LIMITED: async ({ world }) => {
    const buyer = await someone(world);
    const path = `${reservations}/rsv_none`;
    const answers = await Promise.all(Array.from({ length: 400 }, () => buyer.ask('GET', path)));
    return answers.find(({ status }) => status === 429) ?? (answers[0] as RestAnswer);
  },
  QUOTA_EXCEEDED: async ({ world }) => {
    const show = saleOf({ event: { id: 'one-each', perUserTicketLimit: 1 } });
    await world.admin.catalog.createEvent({ event: show, idempotencyKey: key() });
    return wish(world, 'one-each', { quantity: 2 });
  },
  IDEMPOTENCY_REQUIRED: async ({ world }) =>
    (await someone(world)).ask('POST', '/api/v1/queue/join', { body: { eventId: world.eventId } }),
  IDEMPOTENCY_CONFLICT: async ({ world }) => {
    const buyer = await someone(world);
    const join = (eventId: string) => ({ body: { eventId }, key: onceOnly });
    const onceOnly = key();
    await buyer.done('POST', '/api/v1/queue/join', join(world.eventId));
    return buyer.ask('POST', '/api/v1/queue/join', join('another'));
  },
  RESERVATION_EXPIRED: async ({ lapsing }) => {
    const buyer = await someone(lapsing);
    const reservationId = await held(buyer, lapsing.eventId, [lapsing.freeSeat()]);
    const paymentIntentId = await intended(buyer, reservationId);
    lapsing.lapse();
    const path = `${reservations}/${reservationId}/confirm`;
    return buyer.ask('POST', path, { body: { paymentIntentId }, key: key() });
  },
  PAYMENT_NOT_APPROVED: async ({ world }) => {
    const buyer = await someone(world);
    const reservationId = await held(buyer, world.eventId, [world.freeSeat()]);
    const body = { paymentIntentId: await intended(buyer, reservationId) };
    return buyer.ask('POST', `${reservations}/${reservationId}/confirm`, { body, key: key() });
  },
  SEAT_UNAVAILABLE: async ({ world }) => wish(world, await quietEvent(world), { seatIds: ['A2'] }),
  INSUFFICIENT_INVENTORY: async ({ world }) => wish(world, await quietEvent(world), { quantity: 3 }),
  INTERNAL: ({ faulty }) =>
    during(
      faulty,
      () => Promise.reject(new TypeError('a defect')),
      () => askRest(faulty.url, 'GET', event),
    ),
  UNAVAILABLE: ({ faulty }) =>
    during(
      faulty,
      () => Promise.reject(new StoreUnavailable('the disk is gone')),
      () => askRest(faulty.url, 'GET', event),
    ),
  TIMEOUT: ({ hasty }) => during(hasty, never, () => askRest(hasty.url, 'GET', event)),
  UPSTREAM_TIMEOUT: ({ hasty }) =>
    during(hasty, never, () => askRest(hasty.url, 'GET', `${event}/availability`)),
  UPSTREAM_ERROR: { never: 'the first detail always names the service, which is the code then' },
  CATALOG_SERVICE_ERROR: ({ faulty }) => without('catalog', faulty, `${event}/availability`),
  INVENTORY_SERVICE_ERROR: ({ faulty }) => without('inventory', faulty, `${event}/seats`),
  PAYMENT_SERVICE_ERROR: ({ faulty }) => without('payment', faulty, '/api/v1/payments/pi/status'),
  RESERVATION_SERVICE_ERROR: ({ faulty }) => without('reservation', faulty, `${reservations}/rsv`),
  DATA_CORRUPTION: {
    never: 'a server whose records cannot be read does not start, and INTERNAL is what remains',
  },
  CONCURRENT_MODIFICATION: async ({ faulty }) => {
    const buyer = buyerAt(faulty.url, 'ann', '');
    const reservationId = await held(buyer, faulty.eventId, ['A1']);
    const overtaken = new ConditionFailed([{ index: 0, table: 'reservation', key: reservationId }]);
    return during(
      faulty,
      async (operation) => {
        if (operation === 'transact') {
          throw overtaken;
        }
      },
      () => buyer.ask('DELETE', `${reservations}/${reservationId}`, { key: key() }),
    );
  },
};
