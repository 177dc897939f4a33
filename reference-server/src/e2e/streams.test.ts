import { connect, type IncomingHttpHeaders } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { Client, type ClientReadableStream, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  EventType,
  file_gateway_v1_websocket,
  MessagePriority,
  StreamReservationUpdatesRequestSchema,
  WebSocketService,
} from '@traffic-tacos/contracts/gateway/v1';
import { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { policyOf } from '@traffic-tacos/policy';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, held, intentFor } from './booking.ts';
import { framesOf } from './frames.ts';
import { startIssuer } from './issuer.ts';
import { read } from './reader.ts';
import { failureOf, refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf, grpcOf, patience, type Served, serve } from './serve.ts';

/** What a program in Node does with the plain `.proto` files and `@grpc/grpc-js`. */
function grpcJs(url: string, name: string, request: object): ClientReadableStream<Record<string, unknown>> {
  const root = fileURLToPath(new URL('../../../packages/contracts/proto', import.meta.url));
  const definitions = loadSync('gateway/v1/websocket.proto', {
    includeDirs: [root],
    longs: String,
    enums: String,
  });
  const methods = definitions['gateway.v1.WebSocketService'];
  const method = methods !== undefined && !('format' in methods) ? methods[name] : undefined;
  if (method === undefined) {
    throw new Error(`the .proto files have no method ${name}`);
  }
  const client = new Client(new URL(url).host, credentials.createInsecure());
  onTestFinished(() => client.close());
  const { path, requestSerialize, responseDeserialize } = method;
  return client.makeServerStreamRequest(
    path,
    requestSerialize,
    (bytes) => responseDeserialize(bytes) as Record<string, unknown>,
    request,
  );
}

async function onSale(): Promise<Served> {
  const served = await serve();
  await putOnSale(served, saleOf({}));
  return served;
}

const message = (targetUserId: string, content: string) => ({
  targetUserId,
  content,
  idempotencyKey: crypto.randomUUID(),
});

test('every protocol carries the streams, and each goes on where another one stopped', async () => {
  const served = await onSale();
  await putOnSale(served, saleOf({ event: { id: 'encore' } }));
  const { url } = served;
  const userId = 'buyer';
  let reservations = 0;
  let resumeToken = '';
  // A buyer gets ten tickets of an event at most.
  const change = (): Promise<string> => {
    reservations++;
    const eventId = reservations > 10 ? 'encore' : 'show';
    return held({ ...served, eventId }, { userId, seatIds: [`A${((reservations - 1) % 10) + 1}`] });
  };

  const carry = async (transport: Transport): Promise<void> => {
    const { streamReservationUpdates } = createClient(WebSocketService, transport);
    const reader = read((signal) => streamReservationUpdates({ userId, resumeToken }, { signal }));
    // What happened since the last one stopped; for the first, that there is nothing.
    const missed = await reader.next();
    expect(missed.type).toBe(resumeToken === '' ? EventType.HEARTBEAT : EventType.RESERVATION_UPDATE);
    const reservationId = await change();
    const update = await reader.next();
    expect(update.reservationUpdate?.reservationId).toBe(reservationId);
    await reader.stop();
    resumeToken = String(update.sequence);
    await change();
  };
  await carry(grpcOf(url));
  await carry(createConnectTransport({ baseUrl: url }));
  await carry(createConnectTransport({ baseUrl: url, useBinaryFormat: true }));
  await carry(createGrpcWebTransport({ baseUrl: url }));

  const call = grpcJs(url, 'StreamReservationUpdates', { userId, resumeToken });
  const updates: Record<string, unknown>[] = [];
  call.on('data', (update: Record<string, unknown>) => updates.push(update)).on('error', () => undefined);
  await eventually(async () => expect(updates).toHaveLength(1));
  const reservationId = await change();
  await eventually(async () => expect(updates).toHaveLength(2));
  expect(updates[1]).toMatchObject({
    type: 'EVENT_TYPE_RESERVATION_UPDATE',
    reservationUpdate: { reservationId },
  });
  call.cancel();
  resumeToken = String(updates[1]?.sequence);
  await change();

  const { send, next } = await framesOf(url);
  const method = 'gateway.v1.WebSocketService/StreamReservationUpdates';
  send({ type: 'subscribe', id: 'mine', method, request: { userId }, resumeToken });
  expect((await next('mine')).type).toBe('subscribed');
  const missed = await next('mine');
  expect(missed).toMatchObject({ type: 'message', message: { type: 'RESERVATION_UPDATE' } });
  const last = await change();
  const frame = await next('mine');
  expect(frame).toMatchObject({ message: { reservationUpdate: { reservationId: last } } });
  expect(frame.sequence).toBe(frame.message?.sequence);
  send({ type: 'unsubscribe', id: 'mine' });
  expect((await next('mine')).type).toBe('end');
});

test('a web page sees seats, its place in line and its payments over one WebSocket', async () => {
  const served = await onSale();
  const { waitingToken } = await served.queue.joinQueue({
    eventId: 'show',
    idempotencyKey: crypto.randomUUID(),
  });
  const { send, next } = await framesOf(served.url);
  const streams = {
    seats: ['reservation.v1.InventoryService/WatchSeats', { eventId: 'show' }],
    place: ['gateway.v1.WebSocketService/StreamQueueUpdates', { waitingToken }],
    payments: ['gateway.v1.WebSocketService/StreamPaymentUpdates', { userId: 'buyer' }],
  } as const;
  for (const [id, [method, request]] of Object.entries(streams)) {
    send({ type: 'subscribe', id, method, request });
    expect((await next(id)).type).toBe('subscribed');
  }
  expect((await next('seats')).message).toMatchObject({ snapshot: { totalSeats: 20, last: true } });
  expect((await next('place')).message).toMatchObject({ type: 'QUEUE_UPDATE' });
  expect((await next('payments')).message).toMatchObject({ type: 'HEARTBEAT' });
  const reservationId = await held(served, { userId: 'buyer', seatIds: ['A3'] });
  expect((await next('seats')).message).toMatchObject({
    delta: { changes: [{ status: 'RESERVED', indexes: [2] }] },
  });
  const paymentIntentId = await intentFor(served, reservationId, 'buyer');
  expect((await next('payments')).message).toMatchObject({ paymentUpdate: { paymentIntentId } });
});

test('a message reaches the streams of its user and of its session, once, and nobody else', async () => {
  const served = await onSale();
  const { updates } = served;
  const { waitingToken } = await served.queue.joinQueue({
    eventId: 'show',
    idempotencyKey: crypto.randomUUID(),
  });
  const open = <M>(start: (signal: AbortSignal) => AsyncIterable<M>) => read(start);
  const mine = open((signal) =>
    updates.streamReservationUpdates({ userId: 'me', sessionId: 'tab-1' }, { signal }),
  );
  const other = open((signal) =>
    updates.streamPaymentUpdates({ userId: 'me', sessionId: 'tab-2' }, { signal }),
  );
  const foreign = open((signal) => updates.streamReservationUpdates({ userId: 'you' }, { signal }));
  const place = open((signal) =>
    updates.streamQueueUpdates({ waitingToken, sessionId: 'tab-1' }, { signal }),
  );
  await Promise.all([mine.next(), other.next(), foreign.next(), place.next()]);

  const send = (request: Parameters<typeof updates.sendMessage>[0]) =>
    updates.sendMessage({ idempotencyKey: crypto.randomUUID(), ...request });
  const request = { ...message('me', 'Gate 3 is open'), title: 'News' };
  const [sent, again] = [await updates.sendMessage(request), await updates.sendMessage(request)];
  expect(sent).toMatchObject({ delivered: true, messageId: expect.stringMatching(/^msg_/) });
  expect(again.messageId).toBe(sent.messageId);
  const conflict = await updates.sendMessage({ ...request, content: 'another text' });
  expect(refusalOf(conflict)?.code).toBe('IDEMPOTENCY_CONFLICT');
  await send({ targetSessionId: 'tab-1', content: 'to a session' });
  await send({ targetUserId: 'me', targetSessionId: 'tab-2', content: 'to both' });
  expect((await send({ targetUserId: 'you', targetSessionId: 'tab-1', content: 'to none' })).delivered).toBe(
    false,
  );
  expect((await send({ targetUserId: 'nobody', content: 'to none' })).delivered).toBe(false);

  const texts = {
    mine: ['News\nGate 3 is open', 'to a session'],
    other: ['News\nGate 3 is open', 'to both'],
    place: ['to a session'],
  };
  for (const text of texts.mine) {
    const update = await mine.next();
    expect(update).toMatchObject({
      type: EventType.MESSAGE,
      reservationUpdate: { message: text, reservationId: '' },
    });
  }
  for (const text of texts.other) {
    expect((await other.next()).paymentUpdate?.message).toBe(text);
  }
  expect((await place.next(({ type }) => type === EventType.MESSAGE)).systemUpdate?.message).toBe(
    texts.place[0],
  );
  expect(foreign.messages).toHaveLength(1);
  const sequences = mine.messages.map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => Number(a - b)));
});

test('a reader who does not keep up is dropped with UNAVAILABLE, and what waits for it is bounded', async () => {
  const served = await onSale();
  // A client whose window is full: grpc-js would take in everything, whether it is read or not.
  const session = connect(served.url);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': '/gateway.v1.WebSocketService/StreamReservationUpdates',
    'content-type': 'application/grpc+proto',
    te: 'trailers',
  });
  const request = toBinary(
    StreamReservationUpdatesRequestSchema,
    create(StreamReservationUpdatesRequestSchema, { userId: 'slow' }),
  );
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]));
  const send = (text: string, priority: MessagePriority) =>
    served.updates.sendMessage({ ...message('slow', text), priority });
  await eventually(async () => expect((await send('hello', MessagePriority.LOW)).delivered).toBe(true));

  const sent = 400;
  const text = 'x'.repeat(4_000);
  for (let at = 0; at < sent; at++) {
    await send(text, MessagePriority.URGENT);
  }
  let received = 0;
  const trailers = new Promise<IncomingHttpHeaders>((resolve) => stream.once('trailers', resolve));
  stream.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  const { 'grpc-status': code, 'grpc-message': reason } = await trailers;
  expect(Number(code)).toBe(Code.Unavailable);
  expect(decodeURIComponent(String(reason))).toContain('read too slowly');
  expect(received).toBeLessThan((sent * text.length) / 2);
  // The server is none the worse.
  const fresh = read((signal) => served.updates.streamReservationUpdates({ userId: 'slow' }, { signal }));
  await fresh.next();
  await send('hello again', MessagePriority.LOW);
  expect((await fresh.next()).reservationUpdate?.message).toBe('hello again');
});

test('a server that stops ends every stream at once and says so', async () => {
  const served = await onSale();
  const { waitingToken } = await served.queue.joinQueue({
    eventId: 'show',
    idempotencyKey: crypto.randomUUID(),
  });
  const { updates, inventory } = served;
  const readers = [
    read((signal) => updates.streamReservationUpdates({ userId: 'me' }, { signal })),
    read((signal) => updates.streamPaymentUpdates({ userId: 'me' }, { signal })),
    read((signal) => updates.streamQueueUpdates({ waitingToken }, { signal })),
    read((signal) => inventory.watchSeats({ eventId: 'show' }, { signal })),
  ];
  for (const reader of readers) {
    await reader.next();
  }
  const { send, next, closed } = await framesOf(served.url);
  const method = 'reservation.v1.InventoryService/WatchSeats';
  send({ type: 'subscribe', id: 'seats', method, request: { eventId: 'show' } });
  await next('seats');
  await next('seats');
  await served.close();
  for (const reader of readers) {
    expect((await reader.ended)?.code).toBe(Code.Unavailable);
  }
  expect(await next('seats')).toMatchObject({ type: 'error', error: { code: 'UNAVAILABLE' } });
  expect(await closed).toBe(1001);
});

/** Everything enforced, with an owner's reservation and payment. */
async function strictly() {
  const issuer = await startIssuer(onTestFinished);
  const { url } = await serve({ settings: { ...patience, ...issuer.settings, profile: 'strict' } });
  const by = async (sub: string, roles: string[] = []) =>
    clientsOf(url, onTestFinished, await issuer.token({ sub, roles }));
  const [admin, owner, other] = [await by('operator', ['admin']), await by('owner'), await by('other')];
  const key = () => ({ idempotencyKey: crypto.randomUUID() });
  await admin.catalog.createEvent({ event: saleOf({}), ...key() });
  const { waitingToken } = await owner.queue.joinQueue({ eventId: 'show', ...key() });
  const { reservationToken } = await owner.queue.requestAdmission({ waitingToken, ...key() });
  const seatIds = ['A1'];
  const wanted = { eventId: 'show', seatIds, reservationToken, ...key() };
  const { reservationId } = await owner.reservations.createReservation(wanted);
  const { paymentIntentId } = await owner.payments.createPaymentIntent({ reservationId, ...key() });
  const token = await issuer.token({ sub: 'other' });
  return { url, admin, owner, other, otherToken: token, waitingToken, reservationId, paymentIntentId };
}

test("SECURITY 7: another user's reservation or payment is NOT_FOUND on every door; their news reach nobody else", async () => {
  const { url, owner, other, otherToken, reservationId, paymentIntentId } = await strictly();
  const reservationIds = [reservationId];
  const paymentIntentIds = [paymentIntentId];
  const refused = [
    read((signal) => other.updates.streamReservationUpdates({ reservationIds }, { signal })),
    read((signal) => other.updates.streamPaymentUpdates({ paymentIntentIds }, { signal })),
  ];
  for (const reader of refused) {
    expect((await reader.ended)?.code).toBe(Code.NotFound);
  }
  for (const named of [
    read((signal) => other.updates.streamReservationUpdates({ userId: 'owner' }, { signal })),
    read((signal) => other.updates.streamPaymentUpdates({ userId: 'owner' }, { signal })),
  ]) {
    expect((await named.ended)?.code).toBe(Code.PermissionDenied);
  }
  const frames = await framesOf(url, { headers: { authorization: `Bearer ${otherToken}` } });
  const method = 'gateway.v1.WebSocketService/StreamReservationUpdates';
  frames.send({ type: 'subscribe', id: 'theirs', method, request: { reservationIds } });
  await frames.next('theirs');
  expect(await frames.next('theirs')).toMatchObject({
    type: 'error',
    error: { code: 'RESERVATION_NOT_FOUND' },
  });

  const mine = read((signal) => owner.updates.streamReservationUpdates({}, { signal }));
  const foreign = read((signal) => other.updates.streamReservationUpdates({}, { signal }));
  await mine.next();
  await foreign.next();
  await owner.reservations.cancelReservation({ reservationId, idempotencyKey: crypto.randomUUID() });
  expect((await mine.next()).reservationUpdate?.reservationId).toBe(reservationId);
  const forged = await failureOf(owner.updates.sendMessage(message('other', 'hello')));
  expect(forged.status).toBe('PermissionDenied');
  expect(foreign.messages).toHaveLength(1);
});

test('SECURITY 20: one caller has 20 streams at most, whatever they are about; one that ended makes room', async () => {
  const { owner, other } = await strictly();
  const open = () => read((signal) => owner.updates.streamReservationUpdates({}, { signal }));
  const readers = Array.from({ length: 20 }, open);
  await Promise.all(readers.map((reader) => reader.next()));
  const further = [
    open(),
    read((signal) => owner.updates.streamPaymentUpdates({}, { signal })),
    read((signal) => owner.inventory.watchSeats({ eventId: 'show' }, { signal })),
  ];
  for (const reader of further) {
    expect((await reader.ended)?.code).toBe(Code.ResourceExhausted);
  }
  await read((signal) => other.updates.streamReservationUpdates({}, { signal })).next();
  await readers[0]?.stop();
  await eventually(async () => {
    await open().next();
  });
});

test('SECURITY 20: every stream of the contract ends by itself: when idle, and after its lifetime', () => {
  const methods = [...file_gateway_v1_websocket.services, InventoryService].flatMap(
    (service) => service.methods,
  );
  const streams = methods.filter(({ methodKind }) => methodKind === 'server_streaming');
  expect(streams).toHaveLength(4);
  for (const method of streams) {
    const { idleTimeoutMs, maxLifetimeMs, heartbeatMs } = policyOf(method).stream;
    expect(heartbeatMs).toBeGreaterThan(0);
    expect(idleTimeoutMs).toBeGreaterThan(heartbeatMs);
    expect(maxLifetimeMs).toBeGreaterThan(idleTimeoutMs);
  }
});
