import { type DescExtension, type DescMethod, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { methods, nameOf, registry } from './testdata/contract.ts';

/** google.api.HttpRule. The generated code leaves it out on purpose, so there is no type to import. */
interface HttpRule {
  readonly pattern: { readonly case: string | undefined; readonly value: unknown };
  readonly body: string;
  readonly additionalBindings: readonly HttpRule[];
}

interface Route {
  readonly method: DescMethod;
  readonly verb: string;
  readonly path: string;
  readonly body: string;
}

const http = registry.getExtension('google.api.http') as DescExtension;

function routesOf(method: DescMethod): Route[] {
  if (!hasOption(method, http)) {
    return [];
  }
  const rule = getOption(method, http) as HttpRule;
  return [rule, ...rule.additionalBindings].map(({ pattern, body }) => ({
    method,
    verb: String(pattern.case).toUpperCase(),
    path: String(pattern.value),
    body,
  }));
}

const routes = methods.flatMap(routesOf);
const show = ({ verb, path }: Route): string => `${verb} ${path}`;
const variables = (path: string): string[] =>
  [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name ?? '');

test('the REST form is these routes and no others', () => {
  const found = routes.map((route) => [show(route), route.body, nameOf(route.method)].filter(Boolean));

  expect(found.sort()).toEqual(
    [
      ['POST /api/v1/queue/join', '*', 'gateway.v1.QueueService/JoinQueue'],
      ['GET /api/v1/queue/status', 'gateway.v1.QueueService/GetQueueStatus'],
      ['POST /api/v1/queue/enter', '*', 'gateway.v1.QueueService/RequestAdmission'],
      ['DELETE /api/v1/queue/leave', 'gateway.v1.QueueService/LeaveQueue'],
      ['GET /api/v1/events', 'catalog.v1.CatalogService/ListEvents'],
      ['GET /api/v1/events/{event_id}', 'catalog.v1.CatalogService/GetEvent'],
      ['GET /api/v1/events/{event_id}/availability', 'gateway.v1.GatewayService/GetEventAvailability'],
      ['GET /api/v1/events/{event_id}/seats', 'gateway.v1.GatewayService/ListSeats'],
      ['POST /api/v1/reservations', '*', 'gateway.v1.GatewayService/CreateReservation'],
      ['GET /api/v1/reservations/{reservation_id}', 'gateway.v1.GatewayService/GetReservation'],
      [
        'POST /api/v1/reservations/{reservation_id}/confirm',
        '*',
        'gateway.v1.GatewayService/ConfirmReservation',
      ],
      ['DELETE /api/v1/reservations/{reservation_id}', 'gateway.v1.GatewayService/CancelReservation'],
      [
        'POST /api/v1/reservations/{reservation_id}/cancel',
        '*',
        'gateway.v1.GatewayService/CancelReservation',
      ],
      ['POST /api/v1/payments/intent', '*', 'gateway.v1.GatewayService/CreatePaymentIntent'],
      ['POST /api/v1/payments/process', '*', 'gateway.v1.GatewayService/ProcessPayment'],
      ['GET /api/v1/payments/{payment_intent_id}/status', 'gateway.v1.GatewayService/GetPaymentStatus'],
      ['POST /v1/reservations', '*', 'reservation.v1.ReservationService/CreateReservation'],
      ['GET /v1/reservations/{reservation_id}', 'reservation.v1.ReservationService/GetReservation'],
      ['POST /v1/reservations/confirm', '*', 'reservation.v1.ReservationService/ConfirmReservation'],
      ['POST /v1/reservations/cancel', '*', 'reservation.v1.ReservationService/CancelReservation'],
    ].sort(),
  );
});

test('GET is for calls without side effects, but for the heartbeat of the queue', () => {
  const others = routes.filter(
    ({ verb, method }) => verb === 'GET' && method.idempotency !== Level.NO_SIDE_EFFECTS,
  );

  expect(others.map(show)).toEqual(['GET /api/v1/queue/status']);
});

test.each(
  routes
    .filter(({ path }) => path.includes('{'))
    .map((route) => [show(route), variables(route.path), route.method.input] as const),
)('the variables of %s are strings of the request', (_name, names, request) => {
  const fields = names.map((name) => request.fields.find((field) => field.name === name));

  expect(fields.map((field) => field?.fieldKind === 'scalar' && field.scalar)).toEqual(
    names.map(() => ScalarType.STRING),
  );
});

// What is neither in the path nor in a body comes from the query, which has no form for messages in maps or lists.
test.each(
  routes.filter(({ body }) => body === '').map((route) => [show(route), route.method.input] as const),
)('everything that %s takes can stand in a query', (_name, request) => {
  const others = request.fields.filter(
    (field) => field.fieldKind === 'map' || (field.fieldKind === 'list' && field.listKind === 'message'),
  );

  expect(others.map((field) => field.name)).toEqual([]);
});

test('no two routes match the same request', () => {
  const shapes = routes.map(({ verb, path }) => `${verb} ${path.replace(/\{[^}]*\}/g, '*')}`);

  expect(new Set(shapes).size).toBe(shapes.length);
});
