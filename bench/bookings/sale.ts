import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { createLogger } from '@traffic-tacos/server';
import { settingsOf } from '../../reference-server/src/config/index.ts';
import { openStore } from '../../reference-server/src/open-store.ts';
import { createPlatform, type Platform } from '../../reference-server/src/platform.ts';

/** The event on sale. */
export const EVENT = 'show';

const SECTIONS = 50;
const ROWS = 100;
const SEATS_PER_ROW = 50;

/** A pair of neighbouring seats for each booking. */
export const PAIRS = (SECTIONS * ROWS * SEATS_PER_ROW) / 2;

/** The seats of a booking, by its number. */
export function seatsOf(booking: number): string[] {
  if (booking >= PAIRS) {
    throw new Error(`All ${PAIRS} pairs of seats are sold; expected a shorter run`);
  }
  const pairsPerRow = SEATS_PER_ROW / 2;
  const row = Math.floor(booking / pairsPerRow);
  const first = (booking % pairsPerRow) * 2 + 1;
  const prefix = `S${Math.floor(row / ROWS)}-${row % ROWS}-`;
  return [`${prefix}${first}`, `${prefix}${first + 1}`];
}

/** The whole platform with a sale of 250,000 seats, on a data folder of its own on disk. */
export async function openSale(): Promise<{ platform: Platform; close(): Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), 'bookings-'));
  const settings = settingsOf({
    data,
    demo: false,
    admissionRate: 1_000_000,
    maxActiveBuyers: 10_000_000,
    minDeadlineMs: 30_000,
    // All buyers come from one address, and would be taken for one.
    rateLimits: 'off',
    shedding: 'off',
  });
  // The log is the server's own; it is written, and leads nowhere.
  const logger = createLogger({ level: settings.logLevel, fd: openSync('/dev/null', 'w') });
  const store = await openStore(settings, Date.now);
  const platform = await createPlatform({ settings, store, logger, clock: Date.now, version: '0.0.0' });
  const now = Date.now();
  const DAY_MS = 86_400_000;
  const { error } = await platform.catalog.createEvent({
    idempotencyKey: crypto.randomUUID(),
    event: {
      id: EVENT,
      name: 'Show',
      venue: { name: 'Stadium' },
      startTime: timestampFromMs(now + 30 * DAY_MS),
      saleStartTime: timestampFromMs(now - DAY_MS),
      priceTiers: [{ id: 'standard', price: { amount: 50_000n, currency: 'KRW' } }],
      sections: Array.from({ length: SECTIONS }, (_, section) => ({
        id: `S${section}`,
        name: `Section ${section}`,
        priceTierId: 'standard',
        layout: {
          case: 'seated' as const,
          value: {
            rows: Array.from({ length: ROWS }, (_, row) => ({
              id: `${row}`,
              seatIdPrefix: `S${section}-${row}-`,
              seats: { case: 'range' as const, value: { first: 1, count: SEATS_PER_ROW } },
            })),
          },
        },
      })),
    },
  });
  if (error !== undefined) {
    throw new Error(`The event was refused: ${error.message}`);
  }
  platform.start();
  return {
    platform,
    close: async () => {
      await platform.close({ graceMs: 1_000 });
      rmSync(data, { recursive: true });
    },
  };
}
