import type { Transport } from '@connectrpc/connect';
import { onTestFinished } from 'vitest';
import { createNodeTransport } from '../node/index.ts';
import { createWebTransport } from '../web/index.ts';

/** One way to reach a server: what it must speak, and a transport that does. */
export interface Wire {
  readonly name: string;
  readonly httpVersion: '1.1' | '2';
  open(baseUrl: string): Transport;
}

function node(protocol: 'grpc' | 'grpc-web' | 'connect', httpVersion: '1.1' | '2'): Wire {
  return {
    name: `Node, ${protocol}, HTTP/${httpVersion}`,
    httpVersion,
    open(baseUrl) {
      const transport = createNodeTransport({ baseUrl, protocol, httpVersion });
      onTestFinished(() => transport.close());
      return transport;
    },
  };
}

function web(protocol: 'grpc-web' | 'connect', useBinaryFormat: boolean): Wire {
  return {
    name: `fetch, ${protocol}, ${useBinaryFormat ? 'binary' : 'JSON'}`,
    httpVersion: '1.1',
    open: (baseUrl) => createWebTransport({ baseUrl, protocol, useBinaryFormat }),
  };
}

/** Every transport of the package. */
export const wires: readonly Wire[] = [
  node('grpc', '2'),
  node('grpc-web', '2'),
  node('connect', '2'),
  node('grpc-web', '1.1'),
  node('connect', '1.1'),
  web('connect', true),
  web('connect', false),
  web('grpc-web', true),
];
