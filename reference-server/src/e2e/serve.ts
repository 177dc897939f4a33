import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { AdminService } from '@traffic-tacos/contracts/common/v1';
import {
  GatewayService,
  QueueService,
  WebhookService,
  WebSocketService,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService, WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import type { CloseOptions } from '@traffic-tacos/server';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { readSettings, type SettingsInput, settingsOf } from '../config/index.ts';
import { createPlatform } from '../platform.ts';
import type { Store } from '../store/index.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../testing/index.ts';
import { version } from '../version.ts';

/** Clients of every service of one server, over gRPC. */
export interface Clients {
  readonly admin: Client<typeof AdminService>;
  readonly catalog: Client<typeof CatalogService>;
  readonly queue: Client<typeof QueueService>;
  readonly gateway: Client<typeof GatewayService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly reservations: Client<typeof ReservationService>;
  readonly payments: Client<typeof PaymentService>;
  readonly worker: Client<typeof WorkerService>;
  readonly updates: Client<typeof WebSocketService>;
  readonly webhooks: Client<typeof WebhookService>;
}

/** A server, and clients that reach it over a socket. */
export interface Served extends Clients {
  readonly url: string;
  /** The event that a test is about, where it names no other. */
  readonly eventId: string;
  /** Stops it before the test is over; without a grace period unless told otherwise. */
  readonly close: (how?: CloseOptions) => Promise<void>;
}

/** How slow a machine may be before a test calls it a failure: the test's own work delays the server, too. */
export const patience = {
  minDeadlineMs: 30_000,
  shedding: 'off',
  slowServiceMs: 0,
  // As whoever starts the tests says, see vitest.config.ts.
  http2: readSettings({}, { TACOS_HTTP2: process.env.TACOS_HTTP2 }).http2,
} as const;

/** Has something closed when it is not needed any more: by default when the test is over. */
export type CleanUp = (close: () => void | Promise<void>) => void;

/** gRPC to a server, with an access token or without. */
export function grpcOf(baseUrl: string, cleanUp: CleanUp = onTestFinished, token?: string): Transport {
  const sessionManager = new Http2SessionManager(baseUrl);
  cleanUp(() => sessionManager.abort());
  return createGrpcTransport({ baseUrl, sessionManager, interceptors: withToken(token) });
}

/** Interceptors that show an access token. */
export function withToken(token: string | undefined): Interceptor[] {
  const show: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
  return token === undefined ? [] : [show];
}

/** Clients of a server. */
export function clientsOf(baseUrl: string, cleanUp: CleanUp = onTestFinished, token?: string): Clients {
  const transport = grpcOf(baseUrl, cleanUp, token);
  return {
    admin: createClient(AdminService, transport),
    catalog: createClient(CatalogService, transport),
    queue: createClient(QueueService, transport),
    gateway: createClient(GatewayService, transport),
    inventory: createClient(InventoryService, transport),
    reservations: createClient(ReservationService, transport),
    payments: createClient(PaymentService, transport),
    worker: createClient(WorkerService, transport),
    updates: createClient(WebSocketService, transport),
    webhooks: createClient(WebhookService, transport),
  };
}

/** Serves the platform until the test is over: in memory and without the demo, unless the settings say otherwise. */
export async function serve(options: TestServerOptions = {}): Promise<Served> {
  const server: TestServer = await startTestServer({
    ...options,
    settings: { demo: false, ...patience, ...options.settings },
  });
  return servedAt(server.url, (how) => server.close({ graceMs: 0, ...how }));
}

/**
 * Serves the platform on a store that others may use as well, as further processes would. Without a worker
 * nothing happens that no call asks for.
 */
export async function serveOn(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly worker: boolean;
  readonly settings?: SettingsInput;
  readonly cleanUp?: CleanUp;
}): Promise<Served> {
  const { store, clock } = options;
  const platform = await createPlatform({
    settings: settingsOf({ demo: false, ...patience, ...options.settings }),
    store: { ...store, close: async () => undefined },
    logger: pino({ level: 'silent' }),
    clock,
    version,
  });
  const { url } = await platform.server.listen({ port: 0 });
  if (options.worker) {
    platform.start();
  }
  return servedAt(url, (how) => platform.close({ graceMs: 0, ...how }), options.cleanUp);
}

function servedAt(url: string, close: Served['close'], cleanUp: CleanUp = onTestFinished): Served {
  cleanUp(() => close());
  return { ...clientsOf(url, cleanUp), url, eventId: 'show', close };
}
