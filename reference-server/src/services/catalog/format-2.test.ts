import { readdir } from 'node:fs/promises';
import { create, equals, toJson } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from '@traffic-tacos/contracts/catalog/v1';
import { expect, onTestFinished, test } from 'vitest';
import { dataDirectory } from '../../e2e/data-directory.ts';
import type { EventInit } from '../../e2e/sale.ts';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import { makeFormat2 } from '../../store/embedded/testdata/format-2.ts';
import { limits } from '../../store/index.ts';
import { timerTable } from '../../timers/index.ts';
import { eventPartTable } from './event-parts.ts';
import { eventTable } from './event-record.ts';
import { cachedEvents } from './events.ts';
import { writeEvent } from './write-event.ts';

const START = Date.UTC(2030, 0, 1);

function eventOf(id: string, init: EventInit): Event {
  return create(EventSchema, {
    ...init,
    id,
    name: `Äther "${id}"`,
    startTime: timestampFromMs(START),
    priceTiers: [{ id: 'standard', price: { amount: 50_000n, currency: 'KRW' } }],
    revision: 3n,
  });
}

const range = (prefix: string, count: number) => ({
  id: prefix,
  seatIdPrefix: prefix,
  seats: { case: 'range' as const, value: { first: 1, count } },
});
const seated = (id: string, rows: number, prefix = id) => ({
  id,
  name: `Block ${id}`,
  priceTierId: 'standard',
  layout: {
    case: 'seated' as const,
    value: { rows: Array.from({ length: rows }, (_, row) => range(`${prefix}-${row}-`, 40)) },
  },
});

/** As large as that format took them: rows in one section and in many, blocked seats, places without rows. */
const events = [
  eventOf('plain', { sections: [seated('floor', 3)] }),
  eventOf('large', { sections: [seated('floor', 4_000), seated('balcony', 700)] }),
  eventOf('many', { sections: Array.from({ length: 1_500 }, (_, at) => seated(`S${at}`, 1)) }),
  eventOf('blocked', {
    sections: [seated('floor', 200)],
    blockedSeatIds: Array.from({ length: 8_000 }, (_, at) => `floor-${Math.floor(at / 40)}-${1 + (at % 40)}`),
  }),
  eventOf('standing', {
    sections: [
      {
        id: 'field',
        priceTierId: 'standard',
        layout: { case: 'generalAdmission', value: { capacity: 100_000, seatIdPrefix: 'G' } },
      },
      seated('floor', 2),
    ],
  }),
];

test('events of the former format are read as they were, and can be changed', async () => {
  const dir = await dataDirectory();
  makeFormat2(
    dir,
    events.map((event, at) => ({
      key: event.id,
      version: 100 + at,
      value: { event: toJson(EventSchema, event), startsAt: START + at, seed: `seed of ${event.id}` },
    })),
  );
  const open = async () => {
    const store = await openEmbeddedStore({ dir, tables: [eventTable, eventPartTable, timerTable] });
    onTestFinished(() => store.close());
    return store;
  };
  const store = await open();
  const clock = (): number => START;
  const read = cachedEvents({ store, clock, maxAgeMs: 0 });
  for (const event of events) {
    const stored = await read.get(event.id);
    expect(equals(EventSchema, stored.full, event), event.id).toBe(true);
    expect(stored.seed).toBe(`seed of ${event.id}`);
  }
  const { items } = await store.query(eventTable, 'by_start', { partition: 'all', limit: 10 });
  expect(items.map(({ key, version }) => [key, version])).toEqual(events.map(({ id }, at) => [id, 100 + at]));
  for (const { value } of items) {
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThan(limits.valueBytes / 100);
  }
  for await (const { value } of store.scan(eventPartTable)) {
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThan(limits.valueBytes / 4);
  }

  const former = await read.get('blocked');
  const changed = { ...former.full, blockedSeatIds: ['floor-0-1'], revision: 4n };
  await writeEvent({ store, clock }, { event: changed, seed: former.seed, former, also: [] });
  await store.close();
  expect(await readdir(dir)).toContain('store.db.format-2');
  const again = cachedEvents({ store: await open(), clock, maxAgeMs: 0 });
  expect(equals(EventSchema, (await again.get('blocked')).full, changed)).toBe(true);
  expect(equals(EventSchema, (await again.get('many')).full, events[2] as Event)).toBe(true);
});
