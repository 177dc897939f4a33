import http2 from 'node:http2';
import { connect as dial } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentMethod, type PaymentScenario, PaymentService } from '@traffic-tacos/contracts/payment/v1';
import {
  type CreateReservationRequestSchema,
  InventoryService,
  ReservationService,
  WorkerService,
} from '@traffic-tacos/contracts/reservation/v1';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing/index.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { type Fields, saleOf } from './sale.ts';
import { patience } from './serve.ts';

let server: TestServer;
let sessions: Http2SessionManager;

beforeAll(async () => {
  server = await startTestServer({ settings: patience });
  sessions = new Http2SessionManager(server.url);
});

afterAll(async () => {
  sessions.abort();
  await server.close({ graceMs: 0 });
});

// Whatever came in, the next caller is served, and none of it has held a seat.
afterEach(async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const answer = await client(InventoryService).getInventoryStatus({ eventId: 'event_123' });
  expect(answer.stats).toMatchObject({ totalSeats: 200, availableSeats: 200 });
});

const client = <S extends Parameters<typeof createClient>[0]>(service: S) =>
  createClient(service, createGrpcTransport({ baseUrl: server.url, sessionManager: sessions }));

/** A request that would hold a seat, with something wrong in it. */
type Wish = Fields<typeof CreateReservationRequestSchema>;
const wish: Wish = { eventId: 'event_123', userId: 'ann', quantity: 1 };
const reserve = (wrong: Wish) => client(ReservationService).createReservation({ ...wish, ...wrong });
const tooLong = 'x'.repeat(129);

describe('a value that the contract does not allow is named', () => {
  const cases: readonly [field: string, what: string, call: () => Promise<unknown>][] = [
    ['event_id', 'missing', () => reserve({ eventId: '' })],
    ['event_id', 'with other characters', () => reserve({ eventId: '../etc/passwd' })],
    ['event_id', 'too long', () => reserve({ eventId: tooLong })],
    ['', 'neither seats nor a quantity', () => reserve({ quantity: 0 })],
    ['', 'a quantity that is not the number of seats', () => reserve({ seatIds: ['A1'], quantity: 2 })],
    ['quantity', 'negative', () => reserve({ quantity: -1 })],
    ['quantity', 'too high', () => reserve({ quantity: 11 })],
    ['seat_ids', 'the same twice', () => reserve({ seatIds: ['A1', 'A1'], quantity: 0 })],
    [
      'seat_ids',
      'too many',
      () => reserve({ seatIds: Array.from({ length: 11 }, (_, at) => `A${at + 1}`), quantity: 0 }),
    ],
    ['seat_ids[1]', 'one that is no id', () => reserve({ seatIds: ['A1', 'A 2'], quantity: 0 })],
    ['user_id', 'with a line break', () => reserve({ userId: 'ann\nbob' })],
    ['user_id', 'too long', () => reserve({ userId: 'x'.repeat(256) })],
    ['section', 'too long', () => reserve({ section: tooLong })],
    ['reservation_token', 'too long', () => reserve({ reservationToken: 'x'.repeat(2049) })],
    ['idempotency_key', 'too long', () => reserve({ idempotencyKey: 'x'.repeat(256) })],
    ['total_amount.amount', 'negative', () => reserve({ totalAmount: { amount: -1n, currency: 'KRW' } })],
    ['total_amount.currency', 'no currency', () => reserve({ totalAmount: { amount: 1n, currency: 'won' } })],
    ['waiting_token', 'missing', () => client(QueueService).getQueueStatus({})],
    [
      'extension_seconds',
      'zero',
      () => client(ReservationService).extendHold({ reservationId: 'rsv', extensionSeconds: 0 }),
    ],
    [
      'scenario',
      'a number without a name',
      () =>
        client(PaymentService).createPaymentIntent({ reservationId: 'rsv', scenario: 99 as PaymentScenario }),
    ],
    [
      'webhook_url',
      'no URL',
      () => client(PaymentService).createPaymentIntent({ reservationId: 'rsv', webhookUrl: 'nowhere' }),
    ],
    [
      'pagination.page_size',
      'too high',
      () => client(InventoryService).listSeats({ eventId: 'event_123', pagination: { pageSize: 101 } }),
    ],
    [
      'pagination.cursor',
      'of another list',
      () => client(InventoryService).listSeats({ eventId: 'event_123', pagination: { cursor: 'abc' } }),
    ],
    [
      'result_type',
      'unspecified',
      () =>
        client(WorkerService).processPaymentResult({
          reservationId: 'rsv',
          paymentIntentId: 'pi',
        }),
    ],
    ['event', 'missing', () => client(CatalogService).createEvent({})],
    [
      'event.sections[0].seated.rows[0].range.count',
      'zero seats',
      () => client(CatalogService).createEvent({ event: saleOf({ rows: 1, seatsPerRow: 0 }) }),
    ],
    ['update_mask', 'missing', () => client(CatalogService).updateEvent({ event: { id: 'event_123' } })],
  ];

  test.each(cases)('%s: %s', async (field, _what, call) => {
    const failure = await failureOf(call());
    expect(failure).toMatchObject({ status: 'InvalidArgument', code: 'INVALID_ARGUMENT' });
    expect(failure.details.map((detail) => detail.split(' ')[0])).toContain(field);
    // The sentence names it as well, for people.
    expect(failure.message).toContain(field === '' ? 'seat_ids' : field);
  });

  test('every violation at once has its own detail', async () => {
    const failure = await failureOf(reserve({ eventId: '', quantity: 11, userId: '\n' }));
    expect(failure.details.map((detail) => detail.split(' ')[0])).toEqual([
      'event_id',
      'quantity',
      'user_id',
    ]);
  });

  test('a card number is not repeated in the refusal', async () => {
    const cardNumber = '4111-1111-1111-1111';
    const failure = await failureOf(
      client(PaymentService).processPayment({
        paymentIntentId: 'pi',
        paymentDetails: {
          method: PaymentMethod.CREDIT_CARD,
          creditCard: { cardNumber, expiryMonth: '13', expiryYear: '2030', cvv: '1234567' },
        },
      }),
    );
    expect(failure.details.map((detail) => detail.split(' ')[0])).toEqual([
      'payment_details.credit_card.card_number',
      'payment_details.credit_card.expiry_month',
      'payment_details.credit_card.cvv',
    ]);
    expect(JSON.stringify(failure)).not.toMatch(/4111|1234567/);
  });
});

describe('what does not exist is named', () => {
  const cases: readonly [detail: string, call: () => Promise<Parameters<typeof refusalOf>[0]>][] = [
    ['event_id EVENT_NOT_FOUND', () => reserve({ eventId: 'nowhere' })],
    ['section SECTION_NOT_FOUND', () => reserve({ section: 'balcony' })],
    ['seat_ids[1] SEAT_NOT_FOUND', () => reserve({ seatIds: ['A1', 'Z99'], quantity: 0 })],
    [
      'reservation_id RESERVATION_NOT_FOUND',
      () =>
        client(ReservationService).getReservation({
          reservationId: 'rsv',
        }),
    ],
    [
      'payment_intent_id PAYMENT_NOT_FOUND',
      () =>
        client(PaymentService).processPayment({
          paymentIntentId: 'pi',
        }),
    ],
  ];
  test.each(cases)('%s', async (detail, call) => {
    expect(refusalOf(await call())).toMatchObject({ code: 'NOT_FOUND', details: [detail] });
  });
});

const CREATE = '/reservation.v1.ReservationService/CreateReservation';
const json = { 'content-type': 'application/json' };
const proto = { 'content-type': 'application/proto' };

/** Sends a request as it is. */
async function send(body: string | Uint8Array, headers: Record<string, string>, method = 'POST') {
  const response = await fetch(server.url + CREATE, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  });
  return { status: response.status, text: await response.text(), trace: response.headers.get('x-trace-id') };
}

describe('a request over HTTP that is no message is refused', () => {
  const message = '{"eventId":"event_123","quantity":1}';
  const cases: readonly [
    what: string,
    body: string | Uint8Array,
    headers: Record<string, string>,
    status: number,
    says: string,
  ][] = [
    ['truncated JSON', '{"eventId":', json, 400, 'CreateReservationRequest in JSON'],
    ['a list', '[]', json, 400, 'CreateReservationRequest in JSON'],
    ['nothing', '', json, 400, 'CreateReservationRequest in JSON'],
    ['text for a number', '{"quantity":"two"}', json, 400, 'CreateReservationRequest.quantity'],
    ['a number that is too high', '{"quantity":3000000000}', json, 400, 'CreateReservationRequest.quantity'],
    ['a fraction', '{"quantity":1.5}', json, 400, 'CreateReservationRequest.quantity'],
    ['text for a list', '{"seatIds":"A1"}', json, 400, 'CreateReservationRequest.seat_ids'],
    ['a number for text', '{"eventId":1}', json, 400, 'CreateReservationRequest.event_id'],
    ['a field twice', '{"eventId":"a","event_id":"b"}', json, 400, 'CreateReservationRequest.event_id'],
    [
      'an amount beyond 64 bits',
      '{"totalAmount":{"amount":"99999999999999999999"}}',
      json,
      400,
      'Money.amount',
    ],
    ['half of a character', '{"userId":"\\ud800"}', json, 400, 'CreateReservationRequest.user_id'],
    [
      'JSON without an end to it',
      `{"metadata":{"tags":${'{"a":'.repeat(10_000)}`,
      json,
      400,
      'CreateReservationRequest in JSON',
    ],
    ['a message that is too large', JSON.stringify({ eventId: 'x'.repeat(2 ** 20) }), json, 429, '1048576'],
    [
      'a message that is too large once it is unpacked',
      gzipSync(`{"eventId":"${'x'.repeat(20_000_000)}"}`),
      { ...json, 'content-encoding': 'gzip' },
      429,
      '1048576',
    ],
    ['what is not packed as it says', message, { ...json, 'content-encoding': 'gzip' }, 400, 'decompressed'],
    ['an unknown packing', message, { ...json, 'content-encoding': 'snappy' }, 501, 'snappy'],
    ['a deadline that is no number', message, { ...json, 'connect-timeout-ms': 'soon' }, 400, 'soon'],
    ['another content type', message, { 'content-type': 'text/plain' }, 415, ''],
    ['no content type', Buffer.from(message), {}, 415, ''],
  ];
  test.each(cases)('%s', async (_what, body, headers, status, says) => {
    const answer = await send(body, headers);
    expect(answer).toMatchObject({ status, trace: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(answer.text).toContain(says);
  });

  test.each([
    ['bytes that end too early', [0x0a, 0x20, 0x41]],
    ['text that is not UTF-8', [0x0a, 0x02, 0xff, 0xfe, 0x18, 0x01]],
    ['JSON', [...Buffer.from(message)]],
  ])('binary: %s', async (_what, bytes) => {
    const { status, text } = await send(Uint8Array.from(bytes), proto);
    expect(status).toBe(400);
    expect(text).toMatch(/"code":"invalid_argument".*CreateReservationRequest in binary/);
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s', async (method) => {
    expect((await send('{}', json, method)).status).toBe(405);
  });

  test.each([
    ['a field', '{"eventId":"event_123","qty":2}', '"qty"'],
    ['an enum value', '{"eventId":"event_123","status":"SOLD"}', '"SOLD"'],
  ])(
    '%s that the contract does not know is refused: it is misspelt more often than new',
    async (_, body, named) => {
      const method = body.includes('status') ? 'ListSeats' : 'CheckAvailability';
      const url = `${server.url}/reservation.v1.InventoryService/${method}`;
      const answer = await fetch(url, { method: 'POST', headers: json, body });
      expect(answer.status).toBe(400);
      const { code, message } = (await answer.json()) as { code: string; message: string };
      expect(code).toBe('invalid_argument');
      expect(message).toContain(named);
    },
  );

  test('a method that is not there', async () => {
    const answer = await fetch(`${server.url}/reservation.v1.ReservationService/Nothing`, {
      method: 'POST',
      headers: json,
      body: '{}',
    });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});

/** A gRPC frame around a message; `length` may lie. */
function frame(message: Uint8Array, options: { flags?: number; length?: number } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(options.flags ?? 0, 0);
  head.writeUInt32BE(options.length ?? message.length, 1);
  return Buffer.concat([head, message]);
}

/** Sends bytes as the body of a gRPC call. @returns its status. */
function grpc(body: Uint8Array, headers: http2.OutgoingHttpHeaders): Promise<{ code: string; text: string }> {
  const session = http2.connect(server.url);
  session.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const call = session.request({
      ':method': 'POST',
      ':path': CREATE,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let found: http2.IncomingHttpHeaders = {};
    call.on('response', (received) => {
      found = { ...found, ...received };
    });
    call.on('trailers', (received) => {
      found = { ...found, ...received };
    });
    call.on('error', reject);
    call.on('close', () => {
      session.destroy();
      resolve({
        code: String(found['grpc-status']),
        text: decodeURIComponent(String(found['grpc-message'])),
      });
    });
    call.resume();
    call.end(body);
  });
}

describe('a gRPC call that is malformed is refused', () => {
  const message = Buffer.concat([Buffer.from([0x0a, 9]), Buffer.from('event_123'), Buffer.from([0x18, 1])]);
  const cases: readonly [
    what: string,
    body: Uint8Array,
    headers: http2.OutgoingHttpHeaders,
    code: number,
    says: string,
  ][] = [
    ['a frame that ends too early', frame(message, { length: 50 }), {}, 3, 'ends within a message'],
    ['half a prefix', Buffer.from([0, 0]), {}, 3, 'ends within a message'],
    ['no message', Buffer.alloc(0), {}, 12, 'has no message'],
    ['two messages', Buffer.concat([frame(message), frame(message)]), {}, 12, 'more than one message'],
    ['a frame that claims 2 GiB', frame(message, { length: 2 ** 31 }), {}, 8, '1048576'],
    ['packed, but not said how', frame(message, { flags: 1 }), {}, 13, 'is compressed'],
    ['not packed as it says', frame(message, { flags: 1 }), { 'grpc-encoding': 'gzip' }, 3, 'decompressed'],
    ['an unknown packing', frame(message), { 'grpc-encoding': 'snappy' }, 12, 'snappy'],
    ['a deadline that is none', frame(message), { 'grpc-timeout': 'soon' }, 3, 'soon'],
  ];
  test.each(cases)('%s', async (_what, body, headers, code, says) => {
    const answer = await grpc(body, headers);
    expect(answer.code).toBe(String(code));
    expect(answer.text).toContain(says);
  });

  test('a truncated gRPC-Web frame', async () => {
    const { text } = await send(frame(message, { length: 50 }), {
      'content-type': 'application/grpc-web+proto',
    });
    expect(text).toContain('grpc-status: 3');
  });
});

test.each([
  ['noise', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00, 0x80])],
  [
    'an HTTP/2 preface and noise',
    Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\xff'.repeat(64)}`, 'latin1'),
  ],
  ['a request line that is none', Buffer.from('POST\r\n\r\n\r\n')],
  [
    'a body that is shorter than it says',
    Buffer.from(
      `POST ${CREATE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{}`,
    ),
  ],
])('a connection that sends %s and breaks off harms nobody', async (_what, bytes) => {
  const { hostname, port } = new URL(server.url);
  await new Promise<void>((resolve) => {
    const socket = dial({ host: hostname, port: Number(port) }, () => {
      socket.write(bytes);
      setTimeout(() => socket.destroy(), 50);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
});
