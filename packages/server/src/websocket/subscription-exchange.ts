import type { PeerCertificate } from 'node:tls';
import type { CancelListener, Exchange } from '../pipeline/exchange.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { Handshake } from './handshake.ts';

/** What the pipeline and handlers see of one subscription: the handshake of its connection, and credentials since. */
export abstract class SubscriptionExchange implements Exchange {
  readonly caller = undefined;
  readonly protocol = 'websocket';
  readonly requestMethod = 'GET';
  readonly timeoutMs = undefined;
  readonly values = undefined;
  traceId: string;
  readonly #handshake: Handshake;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #listener: CancelListener | undefined;
  #isGone = false;

  constructor(handshake: Handshake) {
    this.#handshake = handshake;
    this.traceId = traceIdOf(handshake.header('traceparent'));
  }

  get url(): string {
    return this.#handshake.url;
  }
  get peer(): string | undefined {
    return this.#handshake.peer;
  }
  peerCertificate(): PeerCertificate | undefined {
    return this.#handshake.peerCertificate();
  }
  get header(): Pick<Headers, 'get' | 'has'> {
    return this;
  }
  get requestHeader(): Headers {
    this.#requestHeader ??= this.#handshake.headers();
    return this.#requestHeader;
  }
  // Frames have no headers: what is set here reaches nobody.
  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }
  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get(name: string): string | null {
    return this.#handshake.header(name.toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.#handshake.header(name.toLowerCase()) !== undefined;
  }

  watchCancel(listener: CancelListener): void {
    this.#listener = listener;
    if (this.#isGone) {
      listener.callerGone();
    }
  }
  unwatchCancel(): void {
    this.#listener = undefined;
  }
  abstract reset(): void;

  /** Nobody wants the answers any more. */
  protected gone(): void {
    this.#isGone = true;
    this.#listener?.callerGone();
  }
}
