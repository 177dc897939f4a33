import type { ContextValues } from '@connectrpc/connect';
import type { AuthenticationRequest, Caller } from '../caller.ts';

/**
 * One call as the engine beneath the pipeline sees it: what came with the request, and what can be done to the
 * response besides answering. Engines build expensive things (`requestHeader`, `responseHeader`) when they are
 * first asked for.
 */
export interface Exchange extends AuthenticationRequest {
  /** HTTP method; `POST` where there is no HTTP. */
  readonly requestMethod: string;
  readonly url: string;
  /** 32 hexadecimal digits; the engine has already put it into the response's `x-trace-id`. */
  readonly traceId: string;
  /** The caller, where the engine knows it beyond doubt: credentials are not looked at. */
  readonly caller: Caller | undefined;
  /** Milliseconds the client gives the call from now on. */
  readonly timeoutMs: number | undefined;
  readonly requestHeader: Headers;
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
  /** Values that a handler finds in its context. */
  readonly values: ContextValues | undefined;
  /** Calls back once when the client is gone; the result takes the listener off again. */
  onCancel(listener: () => void): () => void;
  /** Tears the response down, for a reader who does not read. */
  reset(): void;
}
