import type { Message } from '@bufbuild/protobuf';
import type { ContextValues } from '@connectrpc/connect';
import type { AuthenticationRequest, Caller } from '../caller.ts';

/** Is told that nobody waits for an answer any more. */
export interface CancelListener {
  callerGone(): void;
}

/**
 * One call as the engine beneath the pipeline sees it: what came with the request, and what can be done to the
 * response besides answering. Engines build expensive things (`traceId`, `requestHeader`, `responseHeader`) when they
 * are first asked for.
 */
export interface Exchange extends AuthenticationRequest {
  /** HTTP method; `POST` where there is no HTTP. */
  readonly requestMethod: string;
  /** The request as it was sent, kept only for methods that check a signature over it. */
  readonly signedBody?: Uint8Array | undefined;
  readonly url: string;
  /**
   * 32 hexadecimal digits; once it was asked for, the answer carries it as `x-trace-id`, but for good answers of gRPC
   * that nobody records. Set when the call is recorded, under an id that may be another one.
   */
  traceId: string;
  /** The caller, where the engine knows it beyond doubt: credentials are not looked at. */
  readonly caller: Caller | undefined;
  /** Milliseconds the client gives the call from now on. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds the client gave the call when it sent it, as it wrote them. Default: {@link timeoutMs}. */
  readonly askedTimeoutMs?: number | undefined;
  readonly requestHeader: Headers;
  readonly responseHeader: Headers;
  readonly responseTrailer: Headers;
  /** Values that a handler finds in its context. */
  readonly values: ContextValues | undefined;
  /** Tells the listener once when the client is gone, at once if it is gone already. One listener at a time. */
  watchCancel(listener: CancelListener): void;
  unwatchCancel(): void;
  /** Tears the response down, for a reader who does not read. */
  reset(): void;
  /** Where it is too late to refuse an answer once it is handed over. @throws whatever keeps it from being sent */
  checkAnswer?(answer: Message): void;
}
