import type { ContextValues } from '@connectrpc/connect';
import type { Caller } from '../caller.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import type { CancelListener, Exchange } from '../pipeline/exchange.ts';
import { traceIdOf } from '../pipeline/trace.ts';

/** What a client says of one call. */
export interface LocalCallInit {
  readonly as: Caller;
  /** `package.Service/Method` */
  readonly name: string;
  /** The call in whose handler it is made: gives the trace, and cancels it. Headers and signal are asked for in need. */
  readonly parent?: CallContext | undefined;
  /** What has the call's headers, which come into being when they are read. */
  readonly options: { readonly headers?: HeadersInit } | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly values: ContextValues | undefined;
}

/**
 * A call within this process. A class for the same reason as the call's context: there is one for each call, and
 * headers exist only if somebody asks for them.
 */
export class LocalExchange implements Exchange {
  readonly caller: Caller;
  readonly peer = undefined;
  readonly protocol = 'local';
  readonly requestMethod = 'POST';
  readonly timeoutMs: number | undefined;
  readonly values: ContextValues | undefined;
  readonly #init: LocalCallInit;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #aborted: (() => void) | undefined;
  #listener: CancelListener | undefined;
  #traceId: string | undefined;

  constructor(init: LocalCallInit) {
    this.#init = init;
    this.caller = init.as;
    this.values = init.values;
    // To connect-es, 0 and less mean no limit.
    this.timeoutMs = init.timeoutMs !== undefined && init.timeoutMs > 0 ? init.timeoutMs : undefined;
  }

  get traceId(): string {
    this.#traceId ??= this.#init.parent?.traceId ?? traceIdOf(this.headerValue('traceparent'));
    return this.#traceId;
  }
  set traceId(traceId: string) {
    this.#traceId = traceId;
  }

  get url(): string {
    return `local:/${this.#init.name}`;
  }
  get header(): Headers {
    return this.requestHeader;
  }
  get requestHeader(): Headers {
    this.#requestHeader ??= new Headers(this.#init.options?.headers);
    return this.#requestHeader;
  }
  /** A header of the request, which need not become `Headers` for that. */
  headerValue(name: string): string | null {
    const header = this.#init.options?.headers;
    if (header === undefined) {
      return null;
    }
    return isPlain(header) ? (header[name] ?? null) : this.requestHeader.get(name);
  }
  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers({ 'x-trace-id': this.traceId });
    return this.#responseHeader;
  }
  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  watchCancel(listener: CancelListener): void {
    const { parent } = this.#init;
    if (parent !== undefined) {
      this.#listener = listener;
      parent.watchNested(listener);
      return;
    }
    const { signal } = this.#init;
    if (signal?.aborted === true) {
      listener.callerGone();
    } else if (signal !== undefined) {
      this.#aborted = () => listener.callerGone();
      signal.addEventListener('abort', this.#aborted, { once: true });
    }
  }

  unwatchCancel(): void {
    if (this.#listener !== undefined) {
      this.#init.parent?.unwatchNested(this.#listener);
      this.#listener = undefined;
    }
    if (this.#aborted !== undefined) {
      this.#init.signal?.removeEventListener('abort', this.#aborted);
      this.#aborted = undefined;
    }
  }

  reset(): void {
    // A reader in this process that does not read holds nothing but the stream itself.
  }
}

/** Whether headers are a plain object whose names need no folding: what `inherit` gives. */
function isPlain(header: HeadersInit): header is Record<string, string> {
  return (
    Object.getPrototypeOf(header) === Object.prototype &&
    Object.keys(header).every((name) => name === 'traceparent' || name === 'tracestate')
  );
}
