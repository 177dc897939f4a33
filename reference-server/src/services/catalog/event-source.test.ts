import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  EventSchema,
  type GetEventRequest,
  type GetEventResponse,
  GetEventResponseSchema,
} from '@traffic-tacos/contracts/catalog/v1';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { expect, test } from 'vitest';
import { memoryFeed } from '../../feed/index.ts';
import { eventChanges } from './event-changes.ts';
import { eventSource } from './event-source.ts';

/** A source that asks a catalog of one event, which answers when it is told to. */
function sourceOf() {
  let now = 1_000_000;
  let revision = 1n;
  let asked = 0;
  const waiting: (() => void)[] = [];
  const feed = memoryFeed({ clock: () => now });
  const getEvent = (request: Partial<GetEventRequest>): Promise<GetEventResponse> => {
    asked++;
    const answer =
      request.eventId === 'show'
        ? { event: create(EventSchema, { id: 'show', revision }) }
        : { error: { code: ErrorCode.NOT_FOUND, message: 'there is no such event' } };
    return new Promise((resolve) => {
      waiting.push(() => resolve(create(GetEventResponseSchema, answer)));
    });
  };
  const source = eventSource({
    catalog: { getEvent: getEvent as Parameters<typeof eventSource>[0]['catalog']['getEvent'] },
    clock: () => now,
    feed,
    maxAgeMs: 1_000,
  });
  return {
    source,
    asked: () => asked,
    /** Has the catalog answer what it was asked. */
    answer: () => {
      for (const go of waiting.splice(0)) {
        go();
      }
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    /** The organiser changes the event; whether the others are told depends on where the catalog is. */
    change: async (told: boolean) => {
      revision++;
      await (told && feed.tell(eventChanges, { id: 'show', revision: String(revision) }));
    },
    async get() {
      const event = source.get('show');
      await Promise.resolve();
      this.answer();
      return event;
    },
  };
}

test('an event is asked for once in its time, by however many at once, and stays the same object while it is', async () => {
  const catalog = sourceOf();
  const both = [catalog.source.get('show'), catalog.source.get('show')];
  await Promise.resolve();
  catalog.answer();
  const [first, second] = await Promise.all(both);
  expect(second).toBe(first);
  catalog.pass(999);
  expect(await catalog.get()).toBe(first);
  expect(catalog.asked()).toBe(1);
  expect(catalog.source.known('show')).toBe(first);

  catalog.pass(1);
  expect(catalog.source.known('show')).toBeUndefined();
  expect(await catalog.get()).toBe(first);
  expect(catalog.asked()).toBe(2);
});

test('a change that nobody tells of is seen when the event is asked for again', async () => {
  const catalog = sourceOf();
  await catalog.get();
  await catalog.change(false);
  expect((await catalog.get()).revision).toBe(1n);
  catalog.pass(1_000);
  expect((await catalog.get()).revision).toBe(2n);
});

test('a change that the catalog tells of is seen at once', async () => {
  const catalog = sourceOf();
  await catalog.get();
  await catalog.change(true);
  expect(catalog.source.known('show')).toBeUndefined();
  expect((await catalog.get()).revision).toBe(2n);
});

test('what was asked for before a change is neither remembered nor handed to who comes after it', async () => {
  const catalog = sourceOf();
  const early = catalog.source.get('show');
  await Promise.resolve();
  await catalog.change(true);
  const late = catalog.source.get('show');
  await Promise.resolve();
  catalog.answer();
  expect((await early).revision).toBe(1n);
  expect((await late).revision).toBe(2n);
  expect(catalog.source.known('show')?.revision).toBe(2n);
});

test('an event that does not exist is not remembered as that', async () => {
  const catalog = sourceOf();
  for (const times of [1, 2]) {
    const event = catalog.source.get('nowhere');
    await Promise.resolve();
    catalog.answer();
    await expect(event).rejects.toThrow('there is no such event');
    expect(catalog.asked()).toBe(times);
  }
});

test('a catalog that cannot be asked is gone by for a minute, one that refuses is believed', async () => {
  let now = 1_000_000;
  let answer: () => Promise<GetEventResponse>;
  const source = eventSource({
    catalog: { getEvent: () => answer() },
    clock: () => now,
    maxAgeMs: 1_000,
  });
  const broken = () => Promise.reject(new ConnectError('not called', Code.Unavailable));
  const event = create(EventSchema, { id: 'show', revision: 1n });
  answer = broken;
  await expect(source.get('show')).rejects.toThrow('not called');
  answer = async () => create(GetEventResponseSchema, { event });
  await source.get('show');
  answer = broken;
  now += 59_999;
  expect(source.known('show')).toBeUndefined();
  expect((await source.get('show')).revision).toBe(1n);
  answer = async () =>
    create(GetEventResponseSchema, {
      error: { code: ErrorCode.NOT_FOUND, message: 'there is no such event' },
    });
  await expect(source.get('show')).rejects.toThrow('there is no such event');
  answer = broken;
  now += 1;
  await expect(source.get('show')).rejects.toThrow('not called');
});
