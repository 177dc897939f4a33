import type { PeerCertificate } from 'node:tls';
import type { ContextValues } from '@connectrpc/connect';
import type { CancelListener, Exchange } from '../pipeline/exchange.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import { steadyTime } from '../time/clocks.ts';
import type { Fields, HttpCall } from './http-call.ts';

/**
 * What the pipeline and handlers see of a call that came in over HTTP, whatever its protocol. A class, because there
 * is one for each call, and most calls ask for little of it: headers and a trace id exist only once somebody wants
 * them.
 */
export abstract class HttpExchange implements Exchange {
  abstract readonly protocol: string;
  readonly caller = undefined;
  readonly values: ContextValues | undefined = undefined;
  timeoutMs: number | undefined = undefined;
  signedBody: Uint8Array | undefined = undefined;
  protected readonly http: HttpCall;
  /** On the clock of `performance.now`. */
  protected readonly arrivedAt = steadyTime();
  /** Nobody waits for an answer. */
  protected isGone = false;
  /** The call is recorded by OpenTelemetry. */
  protected isTraced = false;
  #traceId: string | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #listener: CancelListener | undefined;

  constructor(http: HttpCall) {
    this.http = http;
  }

  get requestMethod(): string {
    return this.http.method;
  }
  get url(): string {
    return this.http.url();
  }
  get peer(): string | undefined {
    return this.http.peer;
  }
  peerCertificate(): PeerCertificate | undefined {
    return this.http.peerCertificate();
  }
  get traceId(): string {
    this.#traceId ??= traceIdOf(this.http.header('traceparent'));
    return this.#traceId;
  }
  set traceId(traceId: string) {
    this.isTraced = true;
    this.#traceId = traceId;
  }
  get header(): Pick<Headers, 'get' | 'has'> {
    return this;
  }
  get requestHeader(): Headers {
    this.#requestHeader ??= this.http.headers();
    return this.#requestHeader;
  }
  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }
  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get(name: string): string | null {
    return this.http.header(name.toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.http.header(name.toLowerCase()) !== undefined;
  }

  watchCancel(listener: CancelListener): void {
    this.#listener = listener;
    if (this.isGone) {
      listener.callerGone();
    }
  }
  unwatchCancel(): void {
    this.#listener = undefined;
  }
  reset(): void {
    this.http.reset();
  }

  /** The client is gone, or has given up. */
  gone(): void {
    this.isGone = true;
    this.#listener?.callerGone();
  }

  /** The header of the answer, if anybody has asked for it. */
  protected get touchedHeader(): Headers | undefined {
    return this.#responseHeader;
  }
  /** The trailer of the answer, if anybody has asked for it. */
  protected get touchedTrailer(): Headers | undefined {
    return this.#responseTrailer;
  }
  /** What tells the client under which id the call is in the log, if it is. */
  protected get traceFields(): Fields | undefined {
    return this.#traceId === undefined ? undefined : ['x-trace-id', this.#traceId];
  }
}
