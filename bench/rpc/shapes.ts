/** What is spoken with a server: gRPC over HTTP/2, or Connect over HTTP/1.1. */
export type Protocol = 'grpc' | 'connect';

/** How load comes to a server. */
export interface Shape {
  /** In `bench/out/latest.json`. */
  readonly name: string;
  readonly title: string;
  readonly protocol: Protocol;
  readonly connections: number;
  /** At once on each connection. */
  readonly streams: number;
  readonly isTls: boolean;
}

/** Many calls at once on few connections, as between services: what is measured unless something else is said. */
export const usual: Shape = {
  name: 'grpc',
  title: 'gRPC over HTTP/2, 20 connections × 20 streams',
  protocol: 'grpc',
  connections: 20,
  streams: 20,
  isTls: false,
};

/** Connect over HTTP/1.1, which has one call at a time on each. */
export const overHttp1: Shape = {
  name: 'connect',
  title: 'Connect over HTTP/1.1, 20 connections',
  protocol: 'connect',
  connections: 20,
  streams: 1,
  isTls: false,
};

/** All that are measured. */
export const shapes: readonly Shape[] = [
  usual,
  {
    ...usual,
    name: 'grpc-64x1',
    title: 'gRPC over HTTP/2, 64 connections × 1 stream',
    connections: 64,
    streams: 1,
  },
  {
    ...usual,
    name: 'grpc-tls',
    title: 'gRPC over HTTP/2 and TLS 1.3, 20 connections × 20 streams',
    isTls: true,
  },
  overHttp1,
];
