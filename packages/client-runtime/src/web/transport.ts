import type { Interceptor, Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { lazyTransport } from './lazy-transport.ts';

/** How a browser reaches a server. */
export interface WebTransportOptions {
  /** Where the server is, e.g. `https://api.example.com` or `/` for the page's own origin. */
  readonly baseUrl: string;
  /** `connect` by default; `grpc-web` is loaded with the first call. Both have unary calls and server streams. */
  readonly protocol?: 'connect' | 'grpc-web' | undefined;
  /** Messages as protobuf, which is smaller, instead of JSON, which the browser's tools can show: true by default. */
  readonly useBinaryFormat?: boolean | undefined;
  /** In place of the global fetch, for example to send cookies along. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Wrapped around every attempt. */
  readonly interceptors?: Interceptor[] | undefined;
}

/**
 * A transport over fetch, for browsers and everything else that has it. It knows no policies: wrap it in
 * `withPolicies`.
 *
 * @throws Error for a protocol it does not know.
 */
export function createWebTransport(options: WebTransportOptions): Transport {
  const { baseUrl, protocol = 'connect', useBinaryFormat = true, fetch, interceptors } = options;
  const common = { baseUrl, useBinaryFormat, ...(fetch && { fetch }), ...(interceptors && { interceptors }) };
  switch (protocol) {
    case 'connect':
      return createConnectTransport(common);
    case 'grpc-web':
      return lazyTransport(async () => (await import('./grpc-web.ts')).createGrpcWebTransport(common));
    default:
      throw new Error(`protocol is "${String(protocol)}"; expected "connect" or "grpc-web"`);
  }
}
