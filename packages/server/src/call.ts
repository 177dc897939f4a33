import { type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Logger } from 'pino';
import type { Caller } from './caller.ts';
import type { IdempotencyRecord } from './idempotency/store.ts';

/** What the policies know about a running call. */
export interface Call {
  /** Who calls. In a profile without credentials, the user named in the request. */
  readonly caller: Caller;
  /** Address of the connected peer, which may be a proxy: see `clientAddress`. `undefined` for a call in this process. */
  readonly peer: string | undefined;
  /** 32 hexadecimal digits; the W3C trace id of the request, or a new one. */
  readonly traceId: string;
  /** Epoch milliseconds at which the caller gets DEADLINE_EXCEEDED; `undefined` without a limit. */
  readonly deadline: number | undefined;
  /**
   * Aborted when nobody waits for the answer any more. A call with an idempotency key goes on when its client
   * is gone, so that its answer can be kept: its signal is aborted only by the server's own limits.
   */
  readonly signal: AbortSignal;
  /** Writes to the server's log, with the trace id. */
  readonly log: Logger;
  /** Tells the caller something that is no error: one `warning` response header for each text. */
  warn(text: string): void;
  /** The call's idempotency key; `undefined` when the method takes none, or none was sent. */
  readonly idempotency: IdempotencyRecord | undefined;
}

/** Under this key the values of a handler's context hold its call. */
export const callKey: ContextKey<Call | undefined> = createContextKey<Call | undefined>(undefined, {
  description: 'call',
});

/** Under this symbol a context that is its own call has itself, also for what is made of it: no values need be made. */
export const ownCall: unique symbol = Symbol('call');

/**
 * What the policies know about the call that a handler serves.
 *
 * @throws TypeError when the context was not made by this runtime.
 */
export function callOf(context: Pick<HandlerContext, 'values' | 'method'>): Call {
  const call = (context as { readonly [ownCall]?: Call })[ownCall] ?? context.values.get(callKey);
  if (call === undefined) {
    throw new TypeError(
      `The context of ${context.method.name} was not made by createServer; expected one that a handler received`,
    );
  }
  return call;
}
