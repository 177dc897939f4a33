import type { DescMethod, FileRegistry } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';
import type { PartialPolicy } from '@traffic-tacos/policy';
import type { Logger } from 'pino';
import type { Authenticate } from './caller.ts';
import type { ErrorModel } from './errors/model.ts';
import type { Gate } from './gate.ts';
import type { IdempotencyStore } from './idempotency/store.ts';
import type { PartialLimits } from './limits.ts';
import type { CorsOptions } from './listener/cors.ts';
import type { Http2Engine } from './listener/http2-engine.ts';
import type { TlsOptions } from './listener/tls.ts';
import type { LocalTransport } from './local/local-transport.ts';
import type { AccessLogOption } from './log/index.ts';
import type { Metrics } from './metrics/index.ts';
import type { RateLimiter, RateLimitOptions } from './rate-limit/index.ts';
import type { ServiceRegistration } from './service.ts';
import type { LoadSheddingOptions } from './shedding/index.ts';
import type { TracingOptions } from './tracing/index.ts';
import type { WebSocketOptions } from './websocket/index.ts';

/** What a server insists on. */
export interface Profile {
  /**
   * Whether methods that are not public need credentials. Without, the user named in a request is taken for
   * the caller, and a caller who names none may do anything.
   */
  readonly requireCredentials: boolean;
  /** Whether methods with idempotency by key refuse a request without one, or only warn. */
  readonly requireIdempotencyKey: boolean;
  /**
   * Whether idempotency keys have to be UUIDs: keys that people think up are used twice, and nothing but the key tells
   * callers without credentials apart. Services derive theirs from what they work on. Default: `false`.
   */
  readonly requireUuidKeys?: boolean | undefined;
}

/** What is said of an API as a whole. */
export interface ApiDescription {
  /** Default: the server's name. */
  readonly title?: string | undefined;
  /** Of the contract, such as `1.4.0`. Default: `0.0.0`. */
  readonly version?: string | undefined;
  /** In CommonMark. */
  readonly description?: string | undefined;
}

/** What a server is made of. */
export interface ServerOptions {
  /** The services, each a `service(descriptor, implementation)`. */
  readonly services: readonly ServiceRegistration[];
  /**
   * The full descriptor set, validation rules and options included; a serialized
   * `google.protobuf.FileDescriptorSet` or a registry. Must contain every service. Default: the descriptors of
   * the services themselves.
   */
  readonly descriptors?: Uint8Array | FileRegistry | undefined;
  /** The contract's own errors, see `errorModel`. Default: statuses with the details of google.rpc. */
  readonly errors?: ErrorModel | undefined;
  /**
   * Finds out who calls. Default: everybody is anonymous, and as far as the profile requires credentials, methods that
   * are not public answer UNAUTHENTICATED, which the log warns of.
   */
  readonly authenticate?: Authenticate | undefined;
  /**
   * Interceptors of connect-es around every call on every protocol, the first one outermost: they see a call before
   * the policies do, and whatever comes of it.
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Where answers to idempotency keys are kept. Default: in memory, bounded. */
  readonly idempotency?: IdempotencyStore | undefined;
  /**
   * Keys the digests by which requests under the same idempotency key are compared, where they carry secrets. As
   * lasting as the answers are. Default: none, and secrets are not compared.
   */
  readonly fingerprintSecret?: string | undefined;
  /** Overrides of a method's policy by configuration. Asked once per method, and checked as the contract is. */
  readonly policies?: ((method: DescMethod) => PartialPolicy | undefined) | undefined;
  /** What the server insists on. Default: everything. */
  readonly profile?: Profile | undefined;
  /**
   * Whether JSON with a field or an enum value that the contract does not know is refused. It finds misspelt names,
   * which are ignored otherwise, and it refuses clients that are newer than the server. Default: `false`.
   */
  readonly refuseUnknownJson?: boolean | undefined;
  /**
   * Whether calls of Connect have to say which version of the protocol they speak, and that it is the one there is, as
   * the option of this name in connect-es does. It keeps out what was not written for Connect. Default: `false`.
   */
  readonly requireConnectProtocolHeader?: boolean | undefined;
  /**
   * How calls are counted against the rates in their policies, or what counts them; `false`: not at all. Default: they
   * are.
   */
  readonly rateLimits?: RateLimitOptions | RateLimiter | false | undefined;
  /** When calls are refused for want of time; `false`: never. Default: see there. */
  readonly shedding?: LoadSheddingOptions | false | undefined;
  /** Stops calls by hand while the server runs: for maintenance, or to spare a service. Default: all pass. */
  readonly gate?: Gate | undefined;
  /** What one client can take of the server. */
  readonly limits?: PartialLimits | undefined;
  /** Certificates of the port. Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /**
   * What serves HTTP/2, in cleartext and under TLS: `own`, the engine `@traffic-tacos/http2`, or `node`, which is
   * `node:http2`. Both serve the same under the same limits; the first one takes a fraction of the other's time. Default:
   * `own`.
   */
  readonly http2?: Http2Engine | undefined;
  /** Browsers of other origins. Default: none. */
  readonly cors?: CorsOptions | undefined;
  /** How methods that answer with a stream are served as JSON over WebSocket; `false`: not at all. Default: at `/ws`. */
  readonly webSocket?: WebSocketOptions | false | undefined;
  /** The server's figures at `/metrics`, an application's own among them; `false`: none. Default: the server's. */
  readonly metrics?: Metrics | false | undefined;
  /** Which calls that went well get a line in the log. Default: all. */
  readonly accessLog?: AccessLogOption | undefined;
  /** How calls are traced, where the program has registered an SDK of OpenTelemetry. */
  readonly tracing?: TracingOptions | undefined;
  /**
   * What `/openapi.json` and the page at `/docs` say of the REST form of the services; `false`: there is neither.
   * Without HTTP rules in the contract there is neither, too.
   */
  readonly openApi?: ApiDescription | false | undefined;
  /** Whether tools may ask for the contract (grpc.reflection.v1 and v1alpha). Default: `true`. */
  readonly reflection?: boolean | undefined;
  /** Clients made from it call this server without a socket. */
  readonly local?: LocalTransport | undefined;
  /** Default: JSON lines on standard output, level `info`. */
  readonly logger?: Logger | undefined;
  /** A further condition of `/readyz`. */
  readonly ready?: (() => boolean | Promise<boolean>) | undefined;
  /**
   * Runs when the server takes no more calls, while those that run finish: stops workers and whatever else calls the
   * services in this process, which they still can until it has ended. `close` waits for it, whatever the grace period.
   */
  readonly onDrain?: (() => Promise<void>) | undefined;
  /** Runs when the last call has finished, before `close` resolves: closes stores and the like. */
  readonly onClose?: (() => Promise<void>) | undefined;
  /** Epoch milliseconds. Default: `systemTime`. */
  readonly clock?: (() => number) | undefined;
  /** Name of the server in its log. */
  readonly name?: string | undefined;
}
