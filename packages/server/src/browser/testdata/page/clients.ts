import { type Client, Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { ErrorSchema } from '../../../testdata/gen/library/v1/errors_pb.js';
import { LibraryService } from '../../../testdata/gen/library/v1/library_pb.js';

const transports = {
  'gRPC-Web': (baseUrl: string) => createGrpcWebTransport({ baseUrl }),
  'gRPC-Web, JSON': (baseUrl: string) => createGrpcWebTransport({ baseUrl, useBinaryFormat: false }),
  Connect: (baseUrl: string) => createConnectTransport({ baseUrl, useBinaryFormat: true }),
  'Connect, JSON': (baseUrl: string) => createConnectTransport({ baseUrl }),
  'Connect, JSON by GET': (baseUrl: string) => createConnectTransport({ baseUrl, useHttpGet: true }),
} satisfies Record<string, (baseUrl: string) => Transport>;

/** What a page can speak. */
export type Protocol = keyof typeof transports;

/** A call as a client saw it, in values that can be handed out of a page. */
export interface Called {
  readonly answer?: unknown;
  /** Name of the status, and the contract's code. */
  readonly failure?: readonly [status: string, code: number | undefined];
  readonly headers: Readonly<Record<string, string>>;
}

/** Calls a method of the library in the name of somebody. */
export async function call<M extends 'getBook' | 'lendBook' | 'getLoan' | 'findLoan'>(
  [protocol, baseUrl]: readonly [protocol: Protocol, baseUrl: string],
  method: M,
  request: Parameters<Client<typeof LibraryService>[M]>[0],
  requestHeaders: Readonly<Record<string, string>> = {},
): Promise<Called> {
  const client = createClient(LibraryService, transports[protocol](baseUrl));
  let headers: Readonly<Record<string, string>> = {};
  const options = {
    headers: requestHeaders,
    onHeader: (received: Headers) => {
      headers = Object.fromEntries(received);
    },
  };
  try {
    const send = client[method] as (message: typeof request, how: typeof options) => Promise<unknown>;
    return { answer: JSON.parse(JSON.stringify(await send(request, options))), headers };
  } catch (reason) {
    const error = ConnectError.from(reason);
    const [detail] = error.findDetails(ErrorSchema);
    return { failure: [Code[error.code], detail?.code], headers: Object.fromEntries(error.metadata) };
  }
}

/** Reads a list that ends: ids of books, in order. */
export async function list(protocol: Protocol, baseUrl: string, count: number): Promise<string[]> {
  const client = createClient(LibraryService, transports[protocol](baseUrl));
  const seen: string[] = [];
  for await (const { book } of client.exportBooks({ count })) {
    seen.push(book?.bookId ?? '');
  }
  return seen;
}

/** Reads a stream without end, and gives it up after some messages: their numbers. */
export async function watch(protocol: Protocol, baseUrl: string, count: number): Promise<number[]> {
  const client = createClient(LibraryService, transports[protocol](baseUrl));
  const seen: number[] = [];
  for await (const { sequence } of client.watchBook({ bookId: 'dune', everyMs: 10 })) {
    seen.push(sequence);
    if (seen.length === count) {
      break;
    }
  }
  return seen;
}
