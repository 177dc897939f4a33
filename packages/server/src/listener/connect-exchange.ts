import type { PeerCertificate } from 'node:tls';
import { type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Exchange } from '../pipeline/exchange.ts';

/** What is known of a request before connect-es sees it. */
export interface RequestInfo {
  readonly traceId: string;
  readonly peer: string | undefined;
  readonly peerCertificate: () => PeerCertificate | undefined;
  readonly reset: () => void;
  /** Told the name of a header of the answer whose value HTTP cannot carry. */
  readonly unsendable: (header: string) => void;
  /** Set when the pipeline has seen the call, and has logged it. */
  served: boolean;
}

/** Under this key a handler of connect-es finds its request. */
export const requestInfoKey: ContextKey<RequestInfo | undefined> = createContextKey<RequestInfo | undefined>(
  undefined,
  {
    description: 'request info',
  },
);

/** A call that came in through connect-es. */
export function connectExchange(context: HandlerContext): Exchange {
  const info = context.values.get(requestInfoKey);
  if (info === undefined) {
    throw new TypeError('A call of connect-es came in without its request');
  }
  info.served = true;
  let watch: (() => void) | undefined;
  let { traceId } = info;
  return {
    caller: undefined,
    peer: info.peer,
    peerCertificate: info.peerCertificate,
    get traceId() {
      return traceId;
    },
    set traceId(adopted) {
      traceId = adopted;
      context.responseHeader.set('x-trace-id', adopted);
    },
    reset: info.reset,
    protocol: context.protocolName,
    requestMethod: context.requestMethod,
    url: context.url,
    timeoutMs: context.timeoutMs(),
    values: context.values,
    header: context.requestHeader,
    requestHeader: context.requestHeader,
    responseHeader: context.responseHeader,
    responseTrailer: context.responseTrailer,
    watchCancel: (listener) => {
      const { signal } = context;
      watch = (): void => {
        // connect-es also aborts when the time that the client gave is up: that is a deadline, which the
        // pipeline measures itself.
        if (!isDeadline(signal.reason)) {
          listener.callerGone();
        }
      };
      if (signal.aborted) {
        watch();
      } else {
        signal.addEventListener('abort', watch, { once: true });
      }
    },
    unwatchCancel: () => {
      if (watch !== undefined) {
        context.signal.removeEventListener('abort', watch);
      }
    },
  };
}

const DEADLINE_EXCEEDED = 4;

function isDeadline(reason: unknown): boolean {
  return (
    typeof reason === 'object' && reason !== null && 'code' in reason && reason.code === DEADLINE_EXCEEDED
  );
}
