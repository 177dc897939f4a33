import { EmergencyActionType } from '@traffic-tacos/contracts/common/v1';
import {
  EventType,
  QueueEventType,
  type StreamQueueUpdatesResponse,
  SystemEventType,
  WebhookEventType,
} from '@traffic-tacos/contracts/gateway/v1';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { eventually } from './booking.ts';
import { NEW_SECRET } from './payment-news.ts';
import { read } from './reader.ts';
import { startReceiver } from './receiver.ts';
import { putOnSale, saleOf } from './sale.ts';
import { type Clients, type Served, serve, serveOn } from './serve.ts';

/** Lets in nobody, so that whoever joins waits. */
const served = async (): Promise<Served> => {
  const server = await serve({ settings: { admissionRate: 0 } });
  await putOnSale(server, saleOf({}));
  return server;
};

async function maintenance({ admin }: Pick<Clients, 'admin'>, enabled: boolean): Promise<string> {
  const { actionId, error } = await admin.emergencyAction({
    action: EmergencyActionType.MAINTENANCE_MODE,
    parameters: { enabled: String(enabled) },
    confirm: true,
    idempotencyKey: crypto.randomUUID(),
  });
  expect(error).toBeUndefined();
  return actionId;
}

const join = async ({ queue }: Clients): Promise<string> =>
  (await queue.joinQueue({ eventId: 'show', idempotencyKey: crypto.randomUUID() })).waitingToken;

const follow = ({ updates }: Pick<Clients, 'updates'>, waitingToken: string, after?: bigint) =>
  read((signal) =>
    updates.streamQueueUpdates(
      { waitingToken, ...(after !== undefined && { resumeToken: String(after) }) },
      { signal },
    ),
  );

const shown = ({ type, queueUpdate, systemUpdate }: StreamQueueUpdatesResponse): string =>
  type === EventType.SYSTEM_UPDATE
    ? `system ${SystemEventType[systemUpdate?.eventType ?? 0]} ${systemUpdate?.message.split(':')[0]}`
    : `${EventType[type]} ${QueueEventType[queueUpdate?.eventType ?? 0]}`;

const BEGAN = 'system MAINTENANCE_MODE The platform is under maintenance';
const OVER = 'system UNSPECIFIED The maintenance is over.';
const isSystem = ({ type }: StreamQueueUpdatesResponse) => type === EventType.SYSTEM_UPDATE;
const isPlace = ({ type }: StreamQueueUpdatesResponse) => type === EventType.QUEUE_UPDATE;

test('those who wait are told when maintenance begins and when it is over, each once', async () => {
  const server = await served();
  const reader = follow(server, await join(server));
  expect(shown(await reader.next())).toBe('QUEUE_UPDATE POSITION_CHANGED');

  await maintenance(server, true);
  const began = await reader.next(isSystem);
  expect(shown(began)).toBe(BEGAN);
  expect(began).toMatchObject({
    systemUpdate: { eventId: 'show', totalWaiting: 1, admissionRate: 0 },
    correlationId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  // What is on already is not switched on again.
  await maintenance(server, true);
  await maintenance(server, false);
  expect(shown(await reader.next(isSystem))).toBe(OVER);
  await maintenance(server, false);
  await maintenance(server, true);
  expect(shown(await reader.next(isSystem))).toBe(BEGAN);

  const sequences = reader.messages.map(({ sequence }) => sequence);
  expect(new Set(sequences).size).toBe(sequences.length);
  expect(sequences).toEqual(sequences.toSorted((a, b) => Number(a - b)));
});

test('a stream that is opened during maintenance begins with it, and one that is opened later does not', async () => {
  const server = await served();
  const waitingToken = await join(server);
  await maintenance(server, true);
  const during = follow(server, waitingToken);
  expect(shown(await during.next())).toBe(BEGAN);
  expect(isPlace(await during.next())).toBe(true);
  await maintenance(server, false);
  expect(shown(await during.next(isSystem))).toBe(OVER);
  const later = follow(server, waitingToken);
  expect(isPlace(await later.next())).toBe(true);
  await maintenance(server, true);
  expect(shown(await later.next(isSystem))).toBe(BEGAN);
});

test('whoever reconnects is told what was switched meanwhile', async () => {
  const server = await served();
  const waitingToken = await join(server);
  const first = follow(server, waitingToken);
  const { sequence } = await first.next();
  await first.stop();
  await maintenance(server, true);

  const second = follow(server, waitingToken, sequence);
  const began = await second.next();
  expect(shown(began)).toBe(BEGAN);
  expect(began.sequence > sequence).toBe(true);
  await second.stop();
  await maintenance(server, false);

  const third = follow(server, waitingToken, began.sequence);
  const over = await third.next();
  expect(shown(over)).toBe(OVER);
  expect(over.sequence > began.sequence).toBe(true);
  expect(isPlace(await third.next())).toBe(true);
  await third.stop();

  const fourth = follow(server, waitingToken, over.sequence);
  expect(isPlace(await fourth.next())).toBe(true);
});

test('maintenance outlives the process, and so does what is told of it', async () => {
  const store = await openStore({ memory: true, data: '' }, Date.now);
  const options = { store, clock: Date.now, settings: { admissionRate: 0 } };
  const before = await serveOn({ ...options, worker: false });
  await putOnSale(before, saleOf({}));
  const waitingToken = await join(before);
  const { sequence } = await follow(before, waitingToken).next();
  const receiver = await startReceiver();
  await registered(before, receiver.url, [WebhookEventType.SYSTEM_MAINTENANCE]);
  // Without a worker nothing leaves: as if the process ended at once.
  await maintenance(before, true);
  await before.close();
  expect(receiver.requests).toEqual([]);

  const after = await serveOn({ ...options, worker: true });
  const began = await follow(after, waitingToken, sequence).next();
  expect(shown(began)).toBe(BEGAN);
  expect(began.sequence > sequence).toBe(true);
  await eventually(async () => expect(receiver.requests).toHaveLength(1));
});

const registered = ({ webhooks }: Clients, endpointUrl: string, eventTypes: WebhookEventType[]) =>
  webhooks.registerWebhook({ serviceName: 'box-office', endpointUrl, secret: NEW_SECRET, eventTypes });

test('an address that has registered for maintenance is told of its begin and its end, signed', async () => {
  const server = await served();
  const receiver = await startReceiver();
  await registered(server, `${receiver.url}/maintenance`, [WebhookEventType.SYSTEM_MAINTENANCE]);
  await registered(server, `${receiver.url}/payments`, [WebhookEventType.PAYMENT_APPROVED]);

  const opened = (at: number): unknown => {
    const { path, headers, body } = receiver.requests[at] ?? { path: '', headers: {}, body: '' };
    expect(path).toBe('/maintenance');
    return new Webhook(NEW_SECRET).verify(body, headers as Record<string, string>);
  };
  const began = await maintenance(server, true);
  await eventually(async () => expect(receiver.requests).toHaveLength(1));
  expect(opened(0)).toEqual({
    type: 'maintenance.began',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: { id: began },
  });
  await maintenance(server, true);
  const ended = await maintenance(server, false);
  await maintenance(server, false);
  await eventually(async () => expect(receiver.requests).toHaveLength(2));
  expect(opened(1)).toMatchObject({ type: 'maintenance.ended', data: { id: ended } });
  const again = await maintenance(server, true);
  await eventually(async () => expect(receiver.requests.length).toBeGreaterThan(2));
  expect(receiver.requests.map(({ body }) => JSON.parse(body).data.id)).toEqual([began, ended, again]);
});
