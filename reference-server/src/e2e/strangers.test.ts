import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  ListSeatsResponseSchema as GatewayListSeatsResponseSchema,
  GetEventAvailabilityResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import {
  CheckAvailabilityResponseSchema,
  CreateReservationResponseSchema,
  GetInventoryStatusResponseSchema,
  ListReservationsResponseSchema,
  ListSeatsResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, onTestFinished, test } from 'vitest';
import { startIssuer } from './issuer.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, clientsOf, serve } from './serve.ts';

const HOLDER = 'user-5c1e';
const eventId = 'show';
const key = () => ({ idempotencyKey: crypto.randomUUID() });

/** Everything that anybody may ask about seats, as JSON. */
async function looks({ inventory, gateway }: Clients): Promise<string[]> {
  const json = <D extends DescMessage>(schema: D, answer: MessageShape<D>): string =>
    JSON.stringify(toJson(schema, answer));
  const wish = { eventId, seatIds: ['A1', 'A2', 'A3'] };
  return [
    json(ListSeatsResponseSchema, await inventory.listSeats({ eventId })),
    json(GatewayListSeatsResponseSchema, await gateway.listSeats({ eventId })),
    json(GetEventAvailabilityResponseSchema, await gateway.getEventAvailability({ eventId })),
    json(GetInventoryStatusResponseSchema, await inventory.getInventoryStatus({ eventId })),
    json(CheckAvailabilityResponseSchema, await inventory.checkAvailability(wish)),
  ];
}

test('SECURITY 8: of seats that are held or sold others learn the status, never the holder', async () => {
  const issuer = await startIssuer(onTestFinished);
  const { url } = await serve({ settings: { ...issuer.settings, profile: 'strict' } });
  const as = async (sub: string, ...roles: string[]) =>
    clientsOf(url, onTestFinished, await issuer.token({ sub, roles }));
  await putOnSale(await as('operator', 'admin'), saleOf({}));
  const reserve = async (buyer: Clients, seatId: string) => {
    const { waitingToken } = await buyer.queue.joinQueue({ eventId, ...key() });
    const { reservationToken } = await buyer.queue.requestAdmission({ waitingToken, ...key() });
    return buyer.reservations.createReservation({ eventId, seatIds: [seatId], reservationToken, ...key() });
  };
  const holder = await as(HOLDER);
  const { reservationId: sold } = await reserve(holder, 'A1');
  const { paymentIntentId } = await holder.payments.createPaymentIntent({ reservationId: sold, ...key() });
  await holder.payments.processPayment({ paymentIntentId, ...key() });
  const purchase = { reservationId: sold, paymentIntentId, ...key() };
  const { orderId } = await holder.reservations.confirmReservation(purchase);
  const { reservationId: held } = await reserve(holder, 'A2');
  const secrets = [HOLDER, sold, held, paymentIntentId, orderId];
  expect(secrets).not.toContain('');

  const [nobody, other] = [clientsOf(url), await as('another')];
  const { seats } = await nobody.inventory.listSeats({ eventId });
  expect(seats.slice(0, 3).map(({ id, status }) => [id, status])).toEqual([
    ['A1', SeatStatus.SOLD],
    ['A2', SeatStatus.RESERVED],
    ['A3', SeatStatus.AVAILABLE],
  ]);
  const shown = [...(await looks(nobody)), ...(await looks(other))];
  // Whoever wants the same seats is refused without hearing who has them.
  for (const seatId of ['A1', 'A2']) {
    const refused = await reserve(other, seatId);
    expect(refusalOf(refused)?.code).toBe('INVENTORY_CONFLICT');
    shown.push(JSON.stringify(toJson(CreateReservationResponseSchema, refused)));
  }
  const own = await other.reservations.listReservations({ eventId });
  shown.push(JSON.stringify(toJson(ListReservationsResponseSchema, own)));
  for (const text of shown) {
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  }
  // The holder sees all of it.
  const theirs = await holder.reservations.listReservations({ eventId });
  expect(theirs.reservations.map(({ reservationId }) => reservationId).sort()).toEqual([sold, held].sort());
});
