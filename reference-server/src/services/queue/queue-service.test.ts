import type { Client } from '@connectrpc/connect';
import { type Error as ContractError, ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { AdmissionStatus, type QueueService, QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { serviceCaller, userCaller } from '@traffic-tacos/server';
import { expect, test } from 'vitest';
import { reservationTokens, waitingTokens } from '../../domain/token/index.ts';
import { msOf } from '../shared/time.ts';
import { admin, secrets, serveQueue as serve } from './testdata/serve-queue.ts';

/** Code and first reason of a refusal. */
function refusal(error: ContractError | undefined): [string | undefined, string | undefined] {
  return [error && ErrorCode[error.code], error?.details[0]?.reason];
}

const join = (client: Client<typeof QueueService>, userId = '', idempotencyKey = '') =>
  client.joinQueue({ eventId: 'e', userId, idempotencyKey });

test('from joining to a reservation token that is good for the event and the buyer', async () => {
  const { client, now } = await serve();
  const buyer = client();
  const joined = await join(buyer, 'user_456');
  expect(joined).toMatchObject({
    status: QueueStatus.READY,
    position: 1,
    positionHint: 1,
    etaSeconds: 0,
    estimatedWaitSeconds: 0,
  });
  expect(joined.error).toBeUndefined();
  expect(msOf(joined.expiresAt)).toBe(now() + 60_000);
  expect(waitingTokens(secrets).verify(joined.waitingToken)).toMatchObject({
    kind: 'VALID',
    payload: { eventId: 'e', sequence: 1 },
  });

  const { waitingToken } = joined;
  expect(await buyer.getQueueStatus({ waitingToken })).toMatchObject({
    status: QueueStatus.READY,
    position: 0,
    etaSeconds: 0,
    admissionReady: true,
    nextPollMs: 1_000,
  });
  const granted = await buyer.requestAdmission({ waitingToken, eventId: 'e', userId: 'user_456' });
  expect(granted).toMatchObject({ admission: AdmissionStatus.GRANTED, ttlSeconds: 30 });
  expect(granted.error).toBeUndefined();
  expect(msOf(granted.validUntil)).toBe(now() + 30_000);
  expect(reservationTokens(secrets).verify(granted.reservationToken, now())).toMatchObject({
    kind: 'VALID',
    payload: { eventId: 'e', buyerId: 'user_456', expiresAt: now() + 30_000 },
  });
});

test('asked again, the token is the same while it lives, and a new one when it has lapsed unused', async () => {
  const { client, pass } = await serve();
  const buyer = client();
  const { waitingToken } = await join(buyer, 'ann');
  const first = await buyer.requestAdmission({ waitingToken, userId: 'ann', idempotencyKey: 'k1' });
  await pass(12_500);
  const again = await buyer.requestAdmission({ waitingToken, userId: 'ann', idempotencyKey: 'k2' });
  expect(again).toMatchObject({ reservationToken: first.reservationToken, ttlSeconds: 17 });
  await pass(17_500);
  const next = await buyer.requestAdmission({ waitingToken, userId: 'ann', idempotencyKey: 'k3' });
  expect(next).toMatchObject({ admission: AdmissionStatus.GRANTED, ttlSeconds: 30 });
  expect(next.reservationToken).not.toBe(first.reservationToken);
});

test('a waiting buyer is told exactly where they are, and is denied until it is their turn', async () => {
  const { client, events, now, pass } = await serve();
  events.set('e', { id: 'e', sale: 'ON_SALE', admissionRatePerMinute: 60 });
  const tokens: string[] = [];
  for (let each = 0; each < 31; each++) {
    tokens.push((await join(client())).waitingToken);
  }
  const joined = await join(client(), 'ann');
  expect(joined).toMatchObject({
    status: QueueStatus.WAITING,
    position: 31,
    positionHint: 31,
    etaSeconds: 31,
    estimatedWaitSeconds: 31,
    nextPollMs: 5_567,
  });
  expect(msOf(joined.expiresAt)).toBe(now() + 120_000);
  const { waitingToken } = joined;
  const early = await client().requestAdmission({ waitingToken, userId: 'ann' });
  expect(early).toMatchObject({ admission: AdmissionStatus.DENIED, reservationToken: '', ttlSeconds: 0 });
  expect(refusal(early.error)).toEqual(['FAILED_PRECONDITION', 'NOT_YOUR_TURN']);
  expect(early.error?.details[0]?.value).toBe('31');

  await pass(1_000);
  expect(await client().getQueueStatus({ waitingToken })).toMatchObject({
    status: QueueStatus.WAITING,
    position: 30,
    etaSeconds: 30,
    admissionReady: false,
  });
  expect(await client().leaveQueue({ waitingToken: tokens[5] as string })).toMatchObject({ success: true });
  expect(await client().getQueueStatus({ waitingToken })).toMatchObject({ position: 29 });
});

test('SECURITY 23: a place belongs to a user who is authenticated, not to who names one', async () => {
  const { client } = await serve({ strict: true, maxActiveBuyers: () => 1 });
  const ann = client(userCaller('ann'));
  const place = async (token: string) => (await client().getQueueStatus({ waitingToken: token })).position;
  await join(client());
  const first = await join(ann);
  expect((await join(ann)).waitingToken).toBe(first.waitingToken);
  expect((await join(client(serviceCaller('gateway')), 'ann')).waitingToken).toBe(first.waitingToken);
  expect((await join(client(serviceCaller('gateway')))).waitingToken).not.toBe(first.waitingToken);
  const strangers = [await join(client()), await join(client())];
  expect(await Promise.all(strangers.map(({ waitingToken }) => place(waitingToken)))).toEqual([3, 4]);
  await expect(join(client(), 'ann')).rejects.toThrow('needs credentials');
  await expect(join(client(userCaller('bob')), 'ann')).rejects.toThrow('not the caller');
});

test('an anonymous place is bound to the buyer who is admitted by it, and is nobody else’s then', async () => {
  const { client } = await serve({ strict: true });
  const { waitingToken } = await join(client());
  await expect(client().requestAdmission({ waitingToken })).rejects.toThrow();
  const granted = await client(userCaller('ann')).requestAdmission({ waitingToken });
  expect(granted.admission).toBe(AdmissionStatus.GRANTED);
  const stolen = await client(userCaller('bob')).requestAdmission({ waitingToken });
  expect(stolen).toMatchObject({ admission: AdmissionStatus.INVALID, reservationToken: '' });
  expect(refusal(stolen.error)).toEqual(['NOT_FOUND', 'WAITING_TOKEN_UNKNOWN']);
  expect(stolen.error?.message, 'tells nothing about ann').not.toContain('ann');
});

test('a repeated key gets the first answer, also a refusal, and its effect once', async () => {
  const { client, queue } = await serve({ maxActiveBuyers: () => 1 });
  await join(client());
  const answers = await Promise.all(Array.from({ length: 5 }, () => join(client(), '', 'same-key')));
  expect(new Set(answers.map(({ waitingToken }) => waitingToken)).size).toBe(1);
  const { waitingToken } = await join(client(), '', 'same-key');
  expect(waitingToken).toBe(answers[0]?.waitingToken);
  expect((await queue.stats('e'))[0]?.waiting).toBe(1);
  const other = await client().joinQueue({ eventId: 'f', idempotencyKey: 'same-key' });
  expect(refusal(other.error)[0]).toBe('IDEMPOTENCY_CONFLICT');

  const denied = await client().requestAdmission({ waitingToken, idempotencyKey: 'k' });
  expect(denied.admission).toBe(AdmissionStatus.DENIED);
  expect(await client().requestAdmission({ waitingToken, idempotencyKey: 'k' })).toEqual(denied);
  const left = await client().leaveQueue({ waitingToken, idempotencyKey: 'l' });
  expect(await client().leaveQueue({ waitingToken, idempotencyKey: 'l' })).toEqual(left);
});

test('a repeated key gets its place although nobody else would get one by now', async () => {
  const { client, queue, events, pass } = await serve({ maxActiveBuyers: () => 1, maxWaiting: () => 2 });
  await join(client());
  const { waitingToken } = await join(client(), '', 'mine');
  await join(client());
  await expect(join(client(), '', 'late')).rejects.toThrow('full');
  const again = async (): Promise<string> => (await join(client(), '', 'mine')).waitingToken;
  expect(await again()).toBe(waitingToken);
  events.set('e', { id: 'e', sale: 'ENDED' });
  await pass(1000);
  expect((await join(client(), '', 'later')).error).toBeDefined();
  expect(await again()).toBe(waitingToken);
  expect((await queue.stats('e'))[0]?.waiting).toBe(2);
});

test('an effect and the answer to its key are one transaction', async () => {
  const { client, store } = await serve();
  const transactionsOf = async <T>(call: Promise<T>): Promise<[T, number]> => {
    const before = store.asked;
    const answer = await call;
    return [answer, store.asked - before];
  };
  const [{ waitingToken }, joining] = await transactionsOf(join(client(), 'ann', 'j'));
  const buyer = { waitingToken, userId: 'ann' };
  const [, admission] = await transactionsOf(client().requestAdmission({ ...buyer, idempotencyKey: 'a' }));
  const [, leaving] = await transactionsOf(client().leaveQueue({ waitingToken, idempotencyKey: 'l' }));
  expect([joining, admission, leaving]).toEqual([1, 1, 1]);
});

test('leaving frees the place, succeeds again and again, and says when the place was left', async () => {
  const { client, now, pass } = await serve();
  const { waitingToken } = await join(client(), 'ann');
  const leave = () => client().leaveQueue({ waitingToken, reason: 'changed my mind' });
  const first = await leave();
  expect(first.success).toBe(true);
  expect(first.error).toBeUndefined();
  expect(msOf(first.leftAt)).toBe(now());
  await pass(5_000);
  expect(await leave()).toEqual(first);
  expect(await client().getQueueStatus({ waitingToken })).toMatchObject({
    status: QueueStatus.LEFT,
    position: 0,
    etaSeconds: -1,
    nextPollMs: 0,
  });
  const late = await client().requestAdmission({ waitingToken, userId: 'ann' });
  expect(late.admission).toBe(AdmissionStatus.EXPIRED);
  expect(refusal(late.error)).toEqual(['FAILED_PRECONDITION', 'PLACE_LEFT']);
  expect((await join(client(), 'ann')).waitingToken).not.toBe(waitingToken);
});

test('a place that has lapsed says so, however long ago it was', async () => {
  const { client, now, pass } = await serve();
  const { waitingToken } = await join(client(), 'ann');
  for (const ms of [60_000, 600_000]) {
    await pass(ms);
    const status = await client().getQueueStatus({ waitingToken });
    expect(status).toMatchObject({ status: QueueStatus.EXPIRED, etaSeconds: -1 });
    expect(status.error).toBeUndefined();
    expect(msOf(status.expiresAt)).toBeLessThanOrEqual(now());
    const late = await client().requestAdmission({ waitingToken, userId: 'ann' });
    expect(late.admission).toBe(AdmissionStatus.EXPIRED);
    expect(refusal(late.error)).toEqual(['FAILED_PRECONDITION', 'PLACE_LAPSED']);
    expect(await client().leaveQueue({ waitingToken })).toMatchObject({ success: true });
  }
});

test('tokens that are not of this platform are not found; forged ones are no better', async () => {
  const { client } = await serve();
  const { waitingToken } = await join(client(), 'ann');
  const forged = waitingTokens(['another secret of the tests, long']).sign({
    eventId: 'e',
    sequence: 1,
    nonce: 1,
  });
  const granted = await client().requestAdmission({ waitingToken, userId: 'ann' });
  for (const token of ['nonsense', forged, `${waitingToken}A`, granted.reservationToken]) {
    const status = await client().getQueueStatus({ waitingToken: token });
    expect(status).toMatchObject({ status: QueueStatus.ERROR, etaSeconds: -1 });
    expect(refusal(status.error)).toEqual(['NOT_FOUND', 'WAITING_TOKEN_UNKNOWN']);
    const admission = await client().requestAdmission({ waitingToken: token, userId: 'ann' });
    expect(admission.admission).toBe(AdmissionStatus.INVALID);
    expect(refusal(admission.error)[0]).toBe('NOT_FOUND');
    const left = await client().leaveQueue({ waitingToken: token });
    expect(left.success).toBe(false);
    expect(refusal(left.error)[0]).toBe('NOT_FOUND');
  }
  const elsewhere = await client().requestAdmission({ waitingToken, eventId: 'f', userId: 'ann' });
  expect(elsewhere.admission).toBe(AdmissionStatus.INVALID);
});

test('who joins the line of no event, or of one that sells nothing, is told why', async () => {
  const { client, events } = await serve();
  const unknown = await client().joinQueue({ eventId: 'nowhere' });
  expect(unknown).toMatchObject({ status: QueueStatus.ERROR, position: 0, waitingToken: '', etaSeconds: -1 });
  expect(refusal(unknown.error)).toEqual(['NOT_FOUND', 'EVENT_NOT_FOUND']);
  for (const sale of ['SCHEDULED', 'PAUSED', 'SOLD_OUT', 'ENDED', 'CANCELLED'] as const) {
    events.set('closed', { id: 'closed', sale, saleStartsAt: Date.UTC(2026, 0, 1) });
    const refused = await client().joinQueue({ eventId: 'closed' });
    expect(refusal(refused.error)).toEqual(['FAILED_PRECONDITION', `SALE_${sale}`]);
    expect(refused.error?.message.includes('2026-01-01T00:00:00.000Z')).toBe(sale === 'SCHEDULED');
  }
  events.set('closed', { id: 'closed', sale: 'ON_SALE' });
  expect((await client().joinQueue({ eventId: 'closed' })).status).toBe(QueueStatus.READY);
});

test('while a sale is paused or sold out places are kept, and it goes on where it stopped', async () => {
  const { client, events, pass } = await serve({ maxActiveBuyers: () => 1 });
  const first = await join(client(), 'ann');
  const second = await join(client(), 'bob');
  const status = (of: { waitingToken: string }) => client().getQueueStatus({ waitingToken: of.waitingToken });
  events.set('e', { id: 'e', sale: 'SOLD_OUT' });
  await pass(1_000);
  await client().leaveQueue({ waitingToken: first.waitingToken });
  expect(await status(second)).toMatchObject({ status: QueueStatus.WAITING, position: 1, etaSeconds: -1 });
  expect((await join(client(), 'bob')).waitingToken).toBe(second.waitingToken);
  expect(refusal((await join(client(), 'cid')).error)).toEqual(['FAILED_PRECONDITION', 'SALE_SOLD_OUT']);
  events.set('e', { id: 'e', sale: 'ON_SALE' });
  expect(await status(second)).toMatchObject({ status: QueueStatus.READY });
});

test('nobody waits for a sale that is over', async () => {
  const { client, events, pass } = await serve({ maxActiveBuyers: () => 1 });
  await join(client(), 'ann');
  const { waitingToken } = await join(client(), 'bob');
  events.set('e', { id: 'e', sale: 'ENDED' });
  await pass(1_000);
  const status = await client().getQueueStatus({ waitingToken });
  expect(status.status).toBe(QueueStatus.ERROR);
  expect(refusal(status.error)).toEqual(['FAILED_PRECONDITION', 'SALE_ENDED']);
  const admission = await client().requestAdmission({ waitingToken, userId: 'bob' });
  expect(admission.admission).toBe(AdmissionStatus.DENIED);
  expect(refusal(admission.error)).toEqual(['FAILED_PRECONDITION', 'SALE_ENDED']);
  expect(refusal((await join(client(), 'bob')).error)).toEqual(['FAILED_PRECONDITION', 'SALE_ENDED']);
});

test('a full line refuses with a status, and says when to come again', async () => {
  const { client } = await serve({ maxActiveBuyers: () => 1, maxWaiting: () => 1 });
  await join(client());
  await join(client());
  await expect(join(client())).rejects.toMatchObject({ code: 8, message: expect.stringContaining('full') });
});

test('a place is told although the catalog is down; a new one is not given out', async () => {
  const { client, breakCatalog, pass } = await serve();
  const { waitingToken } = await join(client(), 'ann');
  breakCatalog();
  await pass(10_000);
  expect(await client().getQueueStatus({ waitingToken })).toMatchObject({ status: QueueStatus.READY });
  expect(await join(client(), 'ann'), 'what was known before').toMatchObject({ status: QueueStatus.READY });
  await expect(client().joinQueue({ eventId: 'f' })).rejects.toThrow('internal error');
});

test('reservations keep their buyers active until they are over, whatever order that is told in', async () => {
  const { client, listener, now } = await serve({ maxActiveBuyers: () => 1 });
  const event = (name: 'reservation.created' | 'reservation.expired' | 'payment.failed', userId: string) =>
    listener({
      id: `${name}-${userId}`,
      name,
      eventId: 'e',
      userId,
      reservationId: `r-${userId}`,
      at: now(),
    });
  const first = await join(client(), 'ann');
  const second = await join(client(), 'bob');
  const status = async (of: { waitingToken: string }) =>
    (await client().getQueueStatus({ waitingToken: of.waitingToken })).status;
  await client().requestAdmission({ waitingToken: first.waitingToken, userId: 'ann' });

  await event('reservation.created', 'ann');
  await event('payment.failed', 'ann');
  expect(await status(second)).toBe(QueueStatus.WAITING);
  const used = await client().requestAdmission({ waitingToken: first.waitingToken, userId: 'ann' });
  expect(refusal(used.error)).toEqual(['FAILED_PRECONDITION', 'PLACE_USED']);
  await event('reservation.expired', 'ann');
  expect(await status(second)).toBe(QueueStatus.READY);

  const third = await join(client(), 'cid');
  await event('reservation.expired', 'bob');
  await event('reservation.created', 'bob');
  expect(await status(third)).toBe(QueueStatus.READY);
});

test('numbers of one line and of all, for services and admins only', async () => {
  const { client, events } = await serve({ strict: true, maxActiveBuyers: () => 2 });
  events.set('f', { id: 'f', sale: 'ON_SALE' });
  for (let each = 0; each < 4; each++) {
    await join(client());
  }
  await client().joinQueue({ eventId: 'f' });
  const stats = await client(admin).getQueueStats({ eventId: 'e' });
  expect(stats.events).toMatchObject([
    {
      eventId: 'e',
      totalWaiting: 2,
      totalAdmitted: 2,
      admissionRatePerMinute: 2,
      averageWaitTimeSeconds: 0,
    },
  ]);
  expect(stats.system).toMatchObject({
    totalActiveQueues: 2,
    totalWaitingUsers: 2,
    totalAdmittedUsers: 3,
    systemCapacityPercentage: 75,
    averageAdmissionRate: 1.5,
  });
  expect((await client(admin).getQueueStats({})).events.map(({ eventId }) => eventId)).toEqual(['e', 'f']);
  const unknown = await client(admin).getQueueStats({ eventId: 'nowhere' });
  expect(refusal(unknown.error)).toEqual(['NOT_FOUND', 'EVENT_NOT_FOUND']);
  await expect(client(userCaller('ann')).getQueueStats({})).rejects.toMatchObject({ code: 7 });
});
