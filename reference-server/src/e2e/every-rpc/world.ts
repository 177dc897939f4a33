import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transport } from '@connectrpc/connect';
import { createLogger } from '@traffic-tacos/server';
import type { SettingsInput } from '../../config/index.ts';
import { type DevIssuer, openDevIssuer } from '../../dev-issuer.ts';
import { recentLines } from '../../live/index.ts';
import { openStore } from '../../open-store.ts';
import { startTestServer } from '../../testing/index.ts';
import { type AdjustableClock, adjustableClock } from '../clock.ts';
import { putOnSale, saleOf } from '../sale.ts';
import { type CleanUp, type Clients, clientsOf, grpcOf, patience, serveOn } from '../serve.ts';

/** Somebody who calls the server, with what shows who they are. */
export interface Caller extends Clients {
  /** The user id of the token; empty without one. */
  readonly id: string;
  readonly token: string;
  readonly transport: Transport;
}

/** A strict server with a sale on it, and those who call it. */
export interface World {
  readonly url: string;
  /** A sale of the seats `A1` to `J50`. */
  readonly eventId: string;
  readonly admin: Caller;
  readonly service: Caller;
  readonly anonymous: Caller;
  /** A buyer who has done nothing yet. */
  buyer(): Promise<Caller>;
  /** A seat that no case has asked for yet. */
  freeSeat(): string;
}

/** A world whose clock stands still, and in which nothing happens that no call asks for. */
export interface StillWorld extends World {
  readonly clock: AdjustableClock;
}

/** What news of payments is signed with. */
export const PAYMENT_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const EVENT = 'show';
const ROWS = 10;
const SEATS_PER_ROW = 50;
const ROLES = { admin: 'operator', service: 'partner' } as const;
const TOKEN_SECONDS = 24 * 60 * 60;

/** A world as it is in production, with its worker and its log. */
export async function makeWorld(cleanUp: CleanUp): Promise<World> {
  const { settings, issuer } = await strict(cleanUp);
  const logs = recentLines({ id: crypto.randomUUID() });
  const nowhere = openSync('/dev/null', 'w');
  const logger = createLogger({ level: 'info', fd: nowhere, tail: logs.add });
  cleanUp(() => closeSync(nowhere));
  const server = await startTestServer({ settings: { ...settings, logLevel: 'info' }, logger, logs });
  cleanUp(() => server.close({ graceMs: 0 }));
  return worldAt(server.url, Date.now, issuer, cleanUp);
}

/** A world for what is over when its time is over, and not a moment before. */
export async function makeStillWorld(cleanUp: CleanUp): Promise<StillWorld> {
  const { settings, issuer } = await strict(cleanUp);
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => store.close());
  const { url } = await serveOn({ store, clock: clock.now, worker: false, settings, cleanUp });
  return { ...(await worldAt(url, clock.now, issuer, cleanUp)), clock };
}

/** The settings of a strict server that trusts the development issuer. */
async function strict(cleanUp: CleanUp): Promise<{ settings: SettingsInput; issuer: DevIssuer }> {
  const folder = await mkdtemp(join(tmpdir(), 'tacos-'));
  cleanUp(() => rm(folder, { recursive: true, force: true }));
  const devIssuerKey = join(folder, 'dev-issuer.json');
  const settings: SettingsInput = {
    ...patience,
    profile: 'strict',
    demo: false,
    memory: true,
    devIssuer: true,
    devIssuerKey,
    admissionRate: 60_000,
    paymentWebhookSecrets: [PAYMENT_SECRET],
    // Receivers of webhooks are on this machine.
    webhookHosts: ['127.0.0.1'],
  };
  return { settings, issuer: await openDevIssuer(devIssuerKey) };
}

async function worldAt(
  url: string,
  clock: () => number,
  issuer: DevIssuer,
  cleanUp: CleanUp,
): Promise<World> {
  const caller = async (user: string, role: 'user' | 'service' | 'admin'): Promise<Caller> => {
    const token = await issuer.token({ user, role, scopes: [], ttlSeconds: TOKEN_SECONDS }, clock());
    return { ...clientsOf(url, cleanUp, token), id: user, token, transport: grpcOf(url, cleanUp, token) };
  };
  const admin = await caller(ROLES.admin, 'admin');
  await putOnSale(
    admin,
    saleOf({ rows: ROWS, seatsPerRow: SEATS_PER_ROW, now: clock(), event: { id: EVENT } }),
  );
  let buyers = 0;
  let seats = 0;
  return {
    url,
    eventId: EVENT,
    admin,
    service: await caller(ROLES.service, 'service'),
    anonymous: { ...clientsOf(url, cleanUp), id: '', token: '', transport: grpcOf(url, cleanUp) },
    buyer: () => caller(`buyer-${++buyers}`, 'user'),
    freeSeat: () => {
      const at = seats++;
      return `${String.fromCharCode(65 + Math.floor(at / SEATS_PER_ROW))}${1 + (at % SEATS_PER_ROW)}`;
    },
  };
}
