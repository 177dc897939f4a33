import type http from 'node:http';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ServiceImpl } from '@connectrpc/connect';
import { Auth } from '@traffic-tacos/policy';
import { afterAll, expect, onTestFinished } from 'vitest';
import { createServer } from '../../create-server.ts';
import type { ServerOptions } from '../../options.ts';
import { service } from '../../service.ts';
import { LibraryService } from '../../testdata/gen/library/v1/library_pb.js';
import { MailService } from '../../testdata/gen/mail/v1/mail_pb.js';
import { request } from '../../testdata/http.ts';
import { createLibrary, type Library } from '../../testdata/library.ts';
import { createMailbox } from '../../testdata/rest/mailbox.ts';
import { descriptors, type LogLine, recordingLogger } from '../../testdata/serve.ts';
import { testedEngine } from '../../testdata/tested-engine.ts';

export { envelope } from '../../testdata/http.ts';

/** A server whose doors are all open. */
export interface Stand {
  readonly url: string;
  readonly port: number;
  readonly library: Library;
  readonly lines: LogLine[];
  /** Connections that are open, as `/metrics` counts them. */
  connections(): Promise<number>;
}

/** What a stand serves, where it is not the usual. */
interface Own {
  readonly library?: Library;
  readonly mail?: Partial<ServiceImpl<typeof MailService>>;
}

/** Stands that differ in their limits and certificates at most are shared by the tests of a file. */
const shared = new Map<string, Promise<Opened>>();
afterAll(async () => {
  for (const opened of await Promise.all(shared.values())) {
    await opened.close();
  }
});

/** Serves a library and a mailbox to everybody, until the test is over. */
export async function stand(options: Partial<ServerOptions> = {}, own?: Own): Promise<Stand> {
  if (own === undefined && Object.keys(options).every((name) => name === 'limits' || name === 'tls')) {
    const key = JSON.stringify(options);
    const opened = shared.get(key) ?? open(options, {});
    shared.set(key, opened);
    return opened;
  }
  const opened = await open(options, own ?? {});
  onTestFinished(() => opened.close());
  return opened;
}

interface Opened extends Stand {
  close(): Promise<void>;
}

async function open(options: Partial<ServerOptions>, own: Own): Promise<Opened> {
  const { library = createLibrary(), mail = createMailbox().service } = own;
  const { logger, lines } = recordingLogger();
  const server = createServer({
    services: [service(LibraryService, library.service), service(MailService, mail)],
    descriptors,
    policies: () => ({ auth: Auth.PUBLIC }),
    profile: { requireCredentials: false, requireIdempotencyKey: false },
    logger,
    rateLimits: false,
    shedding: false,
    http2: testedEngine,
    ...options,
  });
  const { url, port } = await server.listen({ port: 0 });
  return {
    url,
    port,
    library,
    lines,
    connections: async () => {
      const { body } = (await server.metrics?.render()) ?? { body: '' };
      return Number(/^http_server_connections (\d+)$/m.exec(String(body))?.[1]);
    },
    close: () => server.close({ graceMs: 0 }),
  };
}

/** A bare connection that collects what it receives. */
export interface Dialled {
  readonly socket: Socket;
  received(): string;
  readonly closed: Promise<void>;
}

/** @param allowHalfOpen - whether the client's side stays open when the server's ends */
export function dial({ port }: { port: number }, { allowHalfOpen = false } = {}): Dialled {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  socket.setNoDelay(true);
  onTestFinished(() => {
    socket.destroy();
  });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, received: () => Buffer.concat(chunks).toString('latin1'), closed };
}

/** Asks as the next client would, on a connection of its own. */
export async function servesTheNext({ port }: Stand): Promise<void> {
  const answer = await ask({ port }, 'POST', GET_BOOK, JSON_TYPE, '{"bookId":"dune"}');
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"title":"dune"') });
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** One request over HTTP/1.1 with a path that nobody tidies up. */
export async function ask(
  { port }: { port: number },
  method: string,
  path: string,
  headers: http.OutgoingHttpHeaders = {},
  body?: string | Uint8Array,
): Promise<Answer> {
  const answer = await request(port, { method, path, headers, body });
  return { ...answer, body: answer.body.toString('latin1') };
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes in use, on the heap and beside it, once what is garbage is gone. */
export async function memoryInUse(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const GET_BOOK = '/library.v1.LibraryService/GetBook';
export const LEND_BOOK = '/library.v1.LibraryService/LendBook';
export const WAIT = '/library.v1.LibraryService/Wait';
export const EXPORT_BOOKS = '/library.v1.LibraryService/ExportBooks';
export const IMPORT_BOOKS = '/library.v1.LibraryService/ImportBooks';
export const JSON_TYPE: { readonly 'content-type': string } = { 'content-type': 'application/json' };
