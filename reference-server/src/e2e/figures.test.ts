import { EmergencyActionType } from '@traffic-tacos/contracts/common/v1';
import { expect, test } from 'vitest';
import { bought, held } from './booking.ts';
import { failureOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, serve } from './serve.ts';

const { CIRCUIT_BREAKER, MAINTENANCE_MODE, STOP_ADMISSIONS } = EmergencyActionType;

async function act(
  { admin }: Pick<Clients, 'admin'>,
  action: EmergencyActionType,
  parameters: Record<string, string> = {},
): Promise<void> {
  const { error } = await admin.emergencyAction({ action, parameters, confirm: true, reason: 'a test' });
  expect(error).toBeUndefined();
}

/** Lines of a metric that hold all of some texts, by their labels. */
async function figures(url: string, name: string, ...having: readonly string[]) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines
    .filter((line) => having.every((part) => line.includes(part)))
    .map((line) => line.slice(name.length));
}

test('seats of an event are shown by state', async () => {
  const server = await serve();
  await putOnSale(server, saleOf({ rows: 2, seatsPerRow: 5, event: { blockedSeatIds: ['B5'] } }));
  await bought(server, { userId: 'ann', seatIds: ['A1', 'A2'] });
  await held(server, { userId: 'ben', seatIds: ['A3', 'A4', 'A5'] });

  expect(await figures(server.url, 'inventory_seats')).toEqual([
    '{event_id="show",state="free"} 4',
    '{event_id="show",state="held"} 3',
    '{event_id="show",state="sold"} 2',
    '{event_id="show",state="blocked"} 1',
  ]);
});

test('what operators have switched is shown, and calls that it stops are told from broken ones', async () => {
  const server = await serve();
  await putOnSale(server, saleOf({}));
  const shown = async () => [
    await figures(server.url, 'platform_maintenance'),
    await figures(server.url, 'queue_admissions_stopped'),
    await figures(server.url, 'circuit_breaker_open', 'payment'),
  ];
  expect(await shown()).toEqual([[' 0'], ['{event_id="*"} 0'], ['{service="payment.v1.PaymentService"} 0']]);

  await act(server, STOP_ADMISSIONS, { event_id: 'show' });
  expect((await shown())[1]).toEqual(['{event_id="*"} 0', '{event_id="show"} 1']);
  await act(server, STOP_ADMISSIONS);
  await act(server, MAINTENANCE_MODE);
  await act(server, CIRCUIT_BREAKER, { service: 'payment' });
  expect(await shown()).toEqual([
    [' 1'],
    ['{event_id="*"} 1', '{event_id="show"} 1'],
    ['{service="payment.v1.PaymentService"} 1'],
  ]);
  expect(await figures(server.url, 'circuit_breaker_open', ' 1')).toHaveLength(1);

  for (const call of [
    () => server.queue.joinQueue({ eventId: 'show' }),
    () => server.payments.listPayments({ userId: 'ann' }),
  ]) {
    expect((await failureOf(call())).status).toBe('Unavailable');
  }
  const calls = async (...having: string[]) =>
    (await figures(server.url, 'grpc_calls_total', 'origin="client"', ...having)).map((line) =>
      Number(line.split(' ').at(-1)),
    );
  expect(await calls('UNAVAILABLE')).toEqual([1, 1]);
  expect(await figures(server.url, 'grpc_calls_refused_total')).toEqual([
    expect.stringMatching(/method="JoinQueue",reason="maintenance"\} 1$/),
    expect.stringMatching(/method="ListPayments",reason="breaker_open"\} 1$/),
  ]);

  await act(server, MAINTENANCE_MODE, { enabled: 'false' });
  await act(server, CIRCUIT_BREAKER, { service: 'payment', open: 'false' });
  expect((await shown())[0]).toEqual([' 0']);
  expect((await shown())[2]).toEqual(['{service="payment.v1.PaymentService"} 0']);
});

test('calls that services make to each other are not counted as calls of clients', async () => {
  const server = await serve();
  await putOnSale(server, saleOf({}));
  await held(server, { userId: 'ann', seatIds: ['A1'] });

  const labels = 'service="reservation.v1.InventoryService",method="ReserveSeat",type="unary"';
  expect(await figures(server.url, 'grpc_calls_total', 'method="ReserveSeat"')).toEqual([
    `{${labels},origin="process",code="OK"} 1`,
  ]);
  expect(await figures(server.url, 'grpc_calls_total', 'method="CreateReservation"')).toEqual([
    expect.stringContaining('type="unary",origin="client",code="OK"} 1'),
  ]);
});
