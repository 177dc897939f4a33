import { Agent } from 'node:http';
import type { SecureClientSessionOptions } from 'node:http2';
import { Agent as SecureAgent } from 'node:https';
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';

/** How a Node program reaches a server. */
export interface NodeTransportOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8080`. With `http:` HTTP/2 is spoken without TLS. */
  readonly baseUrl: string;
  /** `grpc` by default. */
  readonly protocol?: 'grpc' | 'grpc-web' | 'connect' | undefined;
  /** `2` by default; gRPC has no other. */
  readonly httpVersion?: '1.1' | '2' | undefined;
  /** Certificates and the like, for `https:`. */
  readonly tls?: Pick<
    SecureClientSessionOptions,
    'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'
  >;
  /**
   * Milliseconds without a sign of life after which an HTTP/2 connection that is in use is asked for one, and an idle
   * one before it is used again: 20,000 by default.
   */
  readonly pingIntervalMs?: number;
  /** Milliseconds the answer to that may take before the connection is given up: 5,000 by default. */
  readonly pingTimeoutMs?: number;
  /** Milliseconds after its last call that an idle connection is closed: 15 minutes by default. */
  readonly idleConnectionTimeoutMs?: number;
  /** Bytes an answer may have: 4 MiB by default, as in gRPC's own clients. */
  readonly readMaxBytes?: number;
  /** Wrapped around every attempt. */
  readonly interceptors?: Interceptor[] | undefined;
}

/** A transport that holds connections. */
export interface NodeTransport extends Transport {
  /** Closes the connections, with the calls that are under way, and makes no new ones. */
  close(): void;
}

const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 5_000;
const IDLE_CONNECTION_TIMEOUT_MS = 15 * 60_000;
const READ_MAX_BYTES = 4 * 1024 * 1024;

/**
 * A transport over one HTTP/2 connection, kept alive and opened anew when it is lost, or over a pool of HTTP/1.1
 * ones. It knows no policies: wrap it in `withPolicies`.
 *
 * @throws Error for a URL, a protocol or an HTTP version it cannot speak.
 */
export function createNodeTransport(options: NodeTransportOptions): NodeTransport {
  const { baseUrl, protocol = 'grpc', httpVersion = '2', interceptors = [] } = options;
  const url = parseBaseUrl(baseUrl);
  if (httpVersion !== '2' && httpVersion !== '1.1') {
    throw new Error(`httpVersion is "${String(httpVersion)}"; expected "1.1" or "2"`);
  }
  const connection = httpVersion === '2' ? http2Connection(url, options) : http1Connections(url, options);
  const transport = speak(protocol, {
    baseUrl,
    interceptors,
    readMaxBytes: options.readMaxBytes ?? READ_MAX_BYTES,
    ...connection.options,
  });

  let closed = false;
  const open = () => {
    if (closed) {
      throw new ConnectError(`the transport to ${url.origin} is closed`, Code.FailedPrecondition);
    }
    return transport;
  };
  return {
    unary: async (...call) => open().unary(...call),
    stream: async (...call) => open().stream(...call),
    close() {
      closed = true;
      connection.close();
    },
  };
}

type ConnectionOptions =
  | ReturnType<typeof http2Connection>['options']
  | ReturnType<typeof http1Connections>['options'];

function speak(
  protocol: string,
  options: ConnectionOptions & { baseUrl: string; interceptors: Interceptor[]; readMaxBytes: number },
): Transport {
  switch (protocol) {
    case 'grpc':
      if (options.httpVersion !== '2') {
        throw new Error('httpVersion is "1.1"; expected "2" with protocol "grpc"');
      }
      return createGrpcTransport(options);
    case 'grpc-web':
      return createGrpcWebTransport(options);
    case 'connect':
      return createConnectTransport(options);
    default:
      throw new Error(`protocol is "${protocol}"; expected "grpc", "grpc-web" or "connect"`);
  }
}

function http2Connection(url: URL, options: NodeTransportOptions) {
  const sessionManager = new Http2SessionManager(
    url,
    {
      pingIntervalMs: options.pingIntervalMs ?? PING_INTERVAL_MS,
      pingTimeoutMs: options.pingTimeoutMs ?? PING_TIMEOUT_MS,
      idleConnectionTimeoutMs: options.idleConnectionTimeoutMs ?? IDLE_CONNECTION_TIMEOUT_MS,
    },
    options.tls,
  );
  return { options: { httpVersion: '2' as const, sessionManager }, close: () => sessionManager.abort() };
}

function http1Connections(url: URL, options: NodeTransportOptions) {
  const timeout = options.idleConnectionTimeoutMs ?? IDLE_CONNECTION_TIMEOUT_MS;
  const agent =
    url.protocol === 'https:'
      ? new SecureAgent({ keepAlive: true, timeout, ...options.tls })
      : new Agent({ keepAlive: true, timeout });
  return { options: { httpVersion: '1.1' as const, nodeOptions: { agent } }, close: () => agent.destroy() };
}

function parseBaseUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `baseUrl is "${baseUrl}"; expected a URL such as http://127.0.0.1:8080 or https://api.example.com`,
    );
  }
  return url;
}
