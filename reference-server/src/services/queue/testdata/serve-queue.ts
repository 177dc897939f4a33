import type { Client } from '@connectrpc/connect';
import { ErrorCodeSchema, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import { descriptorSet } from '@traffic-tacos/contracts/descriptor';
import { QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { anonymous, type Caller, createServer, errorModel, service } from '@traffic-tacos/server';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { idempotencyTable, storedIdempotency } from '../../../idempotency-store.ts';
import { lineTable, openEmbeddedQueue, placeTable } from '../../../queue/embedded/index.ts';
import { defaultQueueTimes, type QueueSettings } from '../../../queue/index.ts';
import { interruptedStore } from '../../../queue/testdata/interrupted-store.ts';
import { openEmbeddedStore } from '../../../store/embedded/index.ts';
import { type QueueEvent, queueEventListener, queueService, queueServiceOptions } from '../index.ts';

/** What the tokens of the tests are signed with. */
export const secrets = ['a secret of the tests, long enough'];
const START = Date.UTC(2026, 0, 1);
/** An administrator. */
export const admin: Caller = { kind: 'admin', id: 'operator', scopes: [], actsForAnyone: true };

/** How a test's queue differs. */
export interface ServeOptions extends Partial<Pick<QueueSettings, 'maxActiveBuyers' | 'maxWaiting'>> {
  readonly strict?: boolean;
}

/** A queue service as it is served, with events and a time that the test rules. */
export async function serveQueue({ strict = false, ...settings }: ServeOptions = {}) {
  let now = START;
  const clock = () => now;
  const events = new Map<string, QueueEvent>([['e', { id: 'e', sale: 'ON_SALE' }]]);
  let catalogFails = false;
  const inner = await openEmbeddedStore({ tables: [placeTable, lineTable, idempotencyTable], clock });
  const store = interruptedStore(inner);
  const queue = await openEmbeddedQueue({
    store,
    clock,
    tickMs: 0,
    onFailure: () => undefined,
    settings: {
      ...defaultQueueTimes,
      admissionRatePerMinute: () => 600_000,
      maxActiveBuyers: () => 1_000,
      maxWaiting: () => 1_000,
      ...settings,
    },
  });
  const eventOf = async (eventId: string) => {
    if (catalogFails) {
      throw new Error('the catalog is down');
    }
    return events.get(eventId);
  };
  const server = createServer({
    services: [service(QueueService, queueService({ queue, clock, secrets, eventOf }), queueServiceOptions)],
    clock,
    descriptors: descriptorSet(),
    errors: errorModel({ error: ErrorSchema, codes: ErrorCodeSchema }),
    idempotency: storedIdempotency(store),
    profile: { requireCredentials: strict, requireIdempotencyKey: false },
    // Machines of CI are slow now and then.
    policies: () => ({ deadlineMs: 20_000 }),
    logger: pino({ level: 'silent' }),
    rateLimits: false,
    shedding: false,
  });
  onTestFinished(async () => {
    await server.close({ graceMs: 0 });
    await queue.close();
    await store.close();
  });
  return {
    queue,
    store,
    events,
    listener: queueEventListener(queue),
    client: (as: Caller = anonymous): Client<typeof QueueService> => server.client(QueueService, { as }),
    now: clock,
    async pass(ms: number) {
      now += ms;
      await queue.tick();
    },
    breakCatalog: () => {
      catalogFails = true;
    },
  };
}
