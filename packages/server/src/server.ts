import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type { HealthState } from './health/index.ts';
import type { LocalClientOptions } from './local/local-transport.ts';
import type { Metrics } from './metrics/index.ts';

/** Where a server listens. */
export interface Address {
  readonly port: number;
  readonly host: string;
  /** `http://host:port` */
  readonly url: string;
}

/** How patiently a server is closed. */
export interface CloseOptions {
  /**
   * Milliseconds in which it serves as before, new connections included, while its readiness says that it is about to
   * go: as long as whoever spreads the load takes to notice. Default: 0.
   */
  readonly drainDelayMs?: number | undefined;
  /** Milliseconds that running calls get when no further ones are taken. Default: 10 s. */
  readonly graceMs?: number | undefined;
}

/** A server, created but not yet listening. */
export interface Server {
  /** Which services do their work: what grpc.health.v1 and `/readyz` tell. */
  readonly health: HealthState;
  /** The server's figures, and where an application puts its own; `undefined` where they are switched off. */
  readonly metrics: Metrics | undefined;
  /**
   * Opens the port: HTTP/1.1 and cleartext HTTP/2 alike. Port 0 takes a free one. The default host is
   * `127.0.0.1`.
   *
   * @throws Error when the port cannot be opened, or the server listens already or is closed
   */
  listen(options: { port: number; host?: string }): Promise<Address>;
  /**
   * Says at once that it is not ready, stops accepting after `drainDelayMs`, lets running calls finish for at most
   * `graceMs` while `onDrain` runs, then runs `onClose`. Streams that clients open again by themselves end when it stops accepting. A second
   * call returns the first one's promise.
   */
  close(options?: CloseOptions): Promise<void>;
  /** A client that calls the server's services in this process; see `createLocalTransport`. */
  client<S extends DescService>(service: S, options: LocalClientOptions): Client<S>;
}
