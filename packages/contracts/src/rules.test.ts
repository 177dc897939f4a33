import { create, type Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import * as gateway from '@traffic-tacos/contracts/gateway/v1';
import * as payment from '@traffic-tacos/contracts/payment/v1';
import * as reservation from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { methods, reachable, registry } from './testdata/contract.ts';
import { adminRules } from './testdata/rules/admin.ts';
import { catalogRules } from './testdata/rules/catalog.ts';
import { brokenRule, declaredRules } from './testdata/rules/declared.ts';
import { gatewayRules } from './testdata/rules/gateway.ts';
import { inventoryRules } from './testdata/rules/inventory.ts';
import { paymentRules } from './testdata/rules/payment.ts';
import { queueRules } from './testdata/rules/queue.ts';
import { reservationRules } from './testdata/rules/reservation.ts';
import { webhookRules } from './testdata/rules/webhook.ts';
import { websocketRules } from './testdata/rules/websocket.ts';
import { workerRules } from './testdata/rules/worker.ts';

const cases = Map.groupBy(
  [
    adminRules,
    catalogRules,
    gatewayRules,
    inventoryRules,
    paymentRules,
    queueRules,
    reservationRules,
    webhookRules,
    websocketRules,
    workerRules,
  ]
    .flat()
    .flatMap((request) => request.cases),
  ({ message }) => message.$typeName as string,
);

const validator = createValidator({ registry });

/** Generated code has no rules, so its messages are held against the full descriptor, as a server does. */
function violationsOf(message: Message): Violation[] {
  const desc = registry.getMessage(message.$typeName);
  if (desc === undefined) {
    throw new Error(`${message.$typeName} is not in the descriptor set`);
  }
  const result = validator.validate(desc, message);
  if (result.kind === 'error') {
    throw result.error;
  }
  return result.violations ?? [];
}

const show = ({ field, ruleId }: Violation): string => `${pathToString(field)} ${ruleId}`;

test.each([...cases])('%s', (_type, all) => {
  const found = all.map(({ what, message }) => ({
    what,
    violations: violationsOf(message).map(show).sort(),
  }));
  const expected = all.map(({ what, violations }) => ({ what, violations: violations.toSorted() }));
  const wrong = found.flatMap((one, index) =>
    String(one.violations) === String(expected[index]?.violations)
      ? []
      : [{ found: one, expected: expected[index] }],
  );

  expect(wrong).toEqual([]);
});

test('every request with a limit is among them, with messages that are valid and others that are not', () => {
  const limited = methods
    .map(({ input }) => input)
    .filter((input) => [...reachable(input)].some((message) => declaredRules(message).length > 0));
  const untested = limited.filter(({ typeName }) => {
    const all = cases.get(typeName) ?? [];
    return (
      all.every(({ violations }) => violations.length > 0) ||
      all.every(({ violations }) => violations.length === 0)
    );
  });

  expect(limited.length).toBeGreaterThan(50);
  expect(untested.map(String)).toEqual([]);
});

test('every rule that a request can break is broken by one of them', () => {
  const declared = new Set(methods.flatMap(({ input }) => [...reachable(input)].flatMap(declaredRules)));
  for (const { message, violations } of [...cases.values()].flat()) {
    const desc = registry.getMessage(message.$typeName);
    if (desc !== undefined && violations.length > 0) {
      for (const violation of violationsOf(message)) {
        declared.delete(brokenRule(desc, violation));
      }
    }
  }

  expect([...declared]).toEqual([]);
});

const seats = {
  eventId: 'event_123',
  userId: 'user_456',
  seatIds: ['A1', 'A2'],
  quantity: 2,
  totalAmount: { amount: 100_000n, currency: 'KRW' },
};

test.each<[string, Message]>([
  ['joins the queue', create(gateway.JoinQueueRequestSchema, { eventId: 'event_123', userId: 'user_456' })],
  ['joins without a user id', create(gateway.JoinQueueRequestSchema, { eventId: 'event_123' })],
  [
    'asks for two seats',
    create(reservation.CheckAvailabilityRequestSchema, { eventId: 'event_123', quantity: 2 }),
  ],
  ['asks without a quantity', create(reservation.CheckAvailabilityRequestSchema, { eventId: 'event_123' })],
  ['reserves at the gateway', create(gateway.CreateReservationRequestSchema, seats)],
  ['reserves', create(reservation.CreateReservationRequestSchema, seats)],
  [
    'reserves without a user id, a key and a quantity',
    create(reservation.CreateReservationRequestSchema, {
      eventId: 'evt_2025_1001',
      seatIds: ['A-12', 'A-13'],
    }),
  ],
  [
    'reserves for a user of an identity provider',
    create(gateway.CreateReservationRequestSchema, {
      eventId: 'bts-concert-2024',
      userId: 'auth0|abc',
      quantity: 1,
    }),
  ],
  [
    'intends to pay at the gateway',
    create(gateway.CreatePaymentIntentRequestSchema, {
      reservationId: 'res_1',
      amount: seats.totalAmount,
      userId: 'user_456',
    }),
  ],
  [
    'intends to pay',
    create(payment.CreatePaymentIntentRequestSchema, {
      reservationId: 'res_1',
      amount: seats.totalAmount,
      userId: 'user_456',
    }),
  ],
  [
    'confirms without a user id and a key',
    create(gateway.ConfirmReservationRequestSchema, { reservationId: 'res_1', paymentIntentId: 'pi_1' }),
  ],
  ['lists everything', create(gateway.ListReservationsRequestSchema, {})],
])('what the documentation sends is valid: a buyer %s', (_what, message) => {
  expect(violationsOf(message).map(show)).toEqual([]);
});
