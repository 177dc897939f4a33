/**
 * The whole platform under the strict profile, with everything durable and every policy on; the line of one event
 * is open. Behind a proxy, as the addresses of its callers say. Argument: the data folder.
 */
import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createLogger } from '@traffic-tacos/server';
import { settingsOf } from '../../reference-server/src/config/index.ts';
import { serve } from '../../reference-server/src/serve.ts';
import { serving } from '../rpc/servers/serve.ts';

const DAY_MS = 86_400_000;

const running = await serve({
  settings: settingsOf({
    data: process.argv[2] ?? '',
    port: 0,
    profile: 'strict',
    demo: false,
    // Nobody shows a token: joining and asking for a status are public.
    authIssuer: 'https://issuer.example',
    authAudience: 'bench',
    authJwksUrl: 'http://127.0.0.1:9/keys',
    trustedProxies: ['127.0.0.1'],
    // Longer than any call takes, as long as nobody else has the core, and shorter than the limit: so they count.
    minDeadlineMs: 5_000,
    // A core under full load is what is measured, and nothing of it is to be refused.
    shedding: 'off',
    admissionRate: 600,
  }),
  logger: createLogger({ fd: openSync('/dev/null', 'w') }),
});
const { error } = await running.platform.catalog.createEvent({
  idempotencyKey: randomUUID(),
  event: {
    id: 'bench',
    name: 'Bench',
    venue: { name: 'Hall' },
    startTime: timestampFromMs(Date.now() + 30 * DAY_MS),
    saleStartTime: timestampFromMs(Date.now() - DAY_MS),
    priceTiers: [{ id: 'standard', price: { amount: 50_000n, currency: 'KRW' } }],
    sections: [
      {
        id: 'floor',
        priceTierId: 'standard',
        layout: {
          case: 'seated',
          value: {
            rows: [{ id: 'A', seatIdPrefix: 'A', seats: { case: 'range', value: { first: 1, count: 100 } } }],
          },
        },
      },
    ],
  },
});
if (error !== undefined) {
  throw new Error(`the event was refused: ${error.message}`);
}
serving(running.port);
