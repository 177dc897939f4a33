import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { GatewayService, QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { onTestFinished } from 'vitest';
import { createTacosClient } from '../node/index.ts';
import type { TacosClient, TacosClientOptions } from '../tacos-client.ts';
import { createDesk } from './asked.ts';
import { createLine } from './line.ts';
import { createSales } from './sales.ts';

export interface BoxOfficeOptions {
  /** People in line before the first buyer: none by default. */
  readonly ahead?: number;
  /** What is on sale: A1 to A4 by default, at 50,000 KRW each. */
  readonly seatIds?: readonly string[];
  /** Questions about a payment until it is done, with the scenarios that take their time: 2 by default. */
  readonly pollsToPay?: number;
  /** `2` by default. */
  readonly httpVersion?: '1.1' | '2';
  /** Makes the client: one for Node over gRPC by default. */
  readonly connect?: (options: TacosClientOptions & { readonly baseUrl: string }) => TacosClient;
}

/**
 * A small box office on a free port of 127.0.0.1 that keeps the contract's promises as far as a booking relies on
 * them, and a client of it, until the test has finished.
 */
export async function openBoxOffice(options: BoxOfficeOptions = {}) {
  let skippedMs = 0;
  const now = () => performance.now() + skippedMs;
  const desk = createDesk();
  const line = createLine(desk, now, options.ahead ?? 0);
  const sales = createSales(desk, line, options.seatIds ?? ['A1', 'A2', 'A3', 'A4'], options.pollsToPay ?? 2);

  const handler = connectNodeAdapter({
    routes(router) {
      router.service(QueueService, line.service);
      router.service(GatewayService, sales.service);
    },
  });
  const server = options.httpVersion === '1.1' ? createServer(handler) : createHttp2Server(handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  const { port } = server.address() as AddressInfo;
  const { connect = createTacosClient } = options;
  const tacos = connect({
    baseUrl: `http://127.0.0.1:${port}`,
    environment: { now, random: () => 0 },
  });
  onTestFinished(async () => {
    tacos.close();
    cut();
    await new Promise((resolve) => server.close(resolve));
  });

  return {
    tacos,
    /** Every call that arrived, in order. */
    calls: desk.calls,
    /** Every idempotency key that arrived, in order. */
    keys: desk.keys,
    before: desk.before,
    after: desk.after,
    instead: desk.instead,
    /** Cuts every connection. */
    cut,
    /** Puts the clock of everybody forward. */
    skip: (ms: number) => {
      skippedMs += ms;
    },
    /** Sends everybody in line back by so many places. */
    moveBack: line.moveBack,
    /** Lets every place in line lapse. */
    lapse: () => {
      for (const place of line.places) {
        place.state = 'lapsed';
      }
    },
    /** Makes a seat somebody else's. */
    take: (seatId: string) => sales.seats.set(seatId, SeatStatus.SOLD),
    /** What has become of everything. */
    state: () => ({
      inLine: line.places.filter((place) => place.state === 'in line').length,
      held: sales.withStatus(SeatStatus.RESERVED),
      sold: sales.withStatus(SeatStatus.SOLD),
    }),
  };
}

export type BoxOffice = Awaited<ReturnType<typeof openBoxOffice>>;

/** Nobody in line, nothing held, nothing sold. */
export const untouched = { inLine: 0, held: [], sold: [] };
